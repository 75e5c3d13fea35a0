// SPDX-License-Identifier: BSD-3-Clause
// Counts comparisons and prints each in one line, with what is wrong below it.

import { isDeepStrictEqual, inspect } from 'node:util';

export const count = (number) => number.toLocaleString('en-US');

export class Checks {
  passed = 0;
  failed = 0;

  that(good, title, detail = '', problems = []) {
    good ? this.passed++ : this.failed++;
    console.log(`  ${good ? 'ok  ' : 'FAIL'}  ${title.padEnd(34)} ${detail}`.trimEnd());
    if (!good) problems.slice(0, 10).forEach((problem) => console.log(`          ${problem}`));
  }

  // Compares two values of any kind.
  same(found, wanted, title, detail) {
    const show = (value) => inspect(value, { breakLength: 110, depth: 6 });
    this.that(isDeepStrictEqual(found, wanted), title, detail, [`${show(found)} found`, `${show(wanted)} expected`]);
  }

  // Compares two Maps of values that print alike when they are equal.
  equal(found, wanted, title, unit) {
    const wrong = [...new Set([...found.keys(), ...wanted.keys()])]
      .filter((name) => `${found.get(name)}` !== `${wanted.get(name)}`)
      .map((name) => `${name}: ${found.get(name)} found, ${wanted.get(name)} expected`);
    const differ = wrong.length ? `, ${count(wrong.length)} differ` : '';
    this.that(wrong.length === 0, title, `${count(wanted.size)} ${unit}${differ}`, wrong);
  }

  // The line that tests/clients/run reads.
  summary() {
    return `${this.passed} passed, ${this.failed} failed`;
  }
}
