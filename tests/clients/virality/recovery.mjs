// SPDX-License-Identifier: BSD-3-Clause
// What may be found on a server that was killed, and how to go on from there:
// recovery.py in JavaScript, where the method is explained. Each worker must be
// found after a prefix of what it sent; every key bounds how long that prefix is.

// The torn batch of one worker: its effects in order, and low <= m <= high.
export class Torn {
  constructor(effects, low, high) {
    Object.assign(this, { effects, low, high });
    this.steps = new Map(); // name -> [m, sum of its deltas from m on]
    effects.forEach(([name, delta], at) => {
      if (!this.steps.has(name)) this.steps.set(name, [[0, 0]]);
      const steps = this.steps.get(name);
      steps.push([at + 1, steps.at(-1)[1] + delta]);
    });
  }

  // [first m, last m, sum], cut to low..high.
  segments(name) {
    const steps = this.steps.get(name);
    return steps
      .map(([start, sum], at) => {
        const end = at + 1 < steps.length ? steps[at + 1][0] - 1 : this.effects.length;
        return [Math.max(start, this.low), Math.min(end, this.high), sum];
      })
      .filter(([first, last]) => first <= last);
  }

  bounds(name) {
    const sums = this.segments(name).map((segment) => segment[2]);
    return [Math.min(...sums), Math.max(...sums)];
  }

  // Keeps the m whose sum is in range. Returns whether that changed anything;
  // undefined when no m is left.
  restrict(name, lowSum, highSum) {
    const fits = this.segments(name).filter((s) => lowSum <= s[2] && s[2] <= highSum);
    if (fits.length === 0) return undefined;
    const { low, high } = this;
    this.low = fits[0][0];
    this.high = fits.at(-1)[1];
    return low !== this.low || high !== this.high;
  }
}

// Narrows one name's owners. Returns whether that changed anything, or undefined.
function narrow(name, owners, surplus) {
  let moved = false;
  for (const one of owners) {
    let low = surplus, high = surplus;
    for (const other of owners) {
      if (other === one) continue;
      const bounds = other.bounds(name);
      high -= bounds[0];
      low -= bounds[1];
    }
    const changed = one.restrict(name, low, high);
    if (changed === undefined) return undefined;
    moved ||= changed;
  }
  return moved;
}

// Narrows the torn batches until found = base + prefixes is explained. Returns
// the problems: none when every value is explained.
export function explain(base, found, torn) {
  const touching = new Map();
  for (const one of torn) {
    for (const name of one.steps.keys()) {
      touching.set(name, [...(touching.get(name) ?? []), one]);
    }
  }
  const problems = [];
  for (const name of new Set([...base.keys(), ...found.keys()])) {
    const [is, was] = [found.get(name) ?? 0, base.get(name) ?? 0];
    if (!touching.has(name) && is !== was) problems.push(`${name}: ${is} found, ${was} acknowledged`);
  }
  for (let moved = true; moved; ) {
    moved = false;
    for (const [name, owners] of touching) {
      const surplus = (found.get(name) ?? 0) - (base.get(name) ?? 0);
      const changed = narrow(name, owners, surplus);
      if (changed === undefined) {
        problems.push(`${name}: no prefix of what was in flight gives +${surplus}`);
        touching.delete(name);
      }
      moved ||= changed ?? false;
    }
  }
  return problems;
}

// What is still to be added to each name so that all torn batches are whole.
export function completion(base, found, torn) {
  const missing = new Map(base);
  for (const one of torn) {
    for (const [name, delta] of one.effects) missing.set(name, (missing.get(name) ?? 0) + delta);
  }
  for (const [name, value] of found) missing.set(name, (missing.get(name) ?? 0) - value);
  return [...missing].filter(([, delta]) => delta !== 0);
}
