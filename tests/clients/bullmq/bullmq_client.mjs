#!/usr/bin/env node
// SPDX-License-Identifier: BSD-3-Clause
// A queue system on the server: goes through the features of BullMQ with workers
// in several processes, then through runs of many jobs in which the server is
// killed. ../README.md says what is compared. The last line is "N passed, N failed".

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Checks } from '../support/checks.mjs';
import { Server } from '../support/server.mjs';
import { Bench, describe } from './bench.mjs';
import { CrashRun } from './crash/crash.mjs';
import { damages } from './crash/damage.mjs';
import { DRIVERS, useDriver } from './driver.mjs';
import { features } from './features/index.mjs';

const PARTS = [...Object.keys(features), 'crash'];
const SHORT = { jobs: 1200, kills: 1 };
const LONG = { jobs: 10_000, kills: 5 };

function options() {
  const text = (value) => ({ type: 'string', default: value });
  const { values } = parseArgs({
    options: {
      server: { type: 'string' }, driver: text(DRIVERS[0]), long: { type: 'boolean', default: false },
      only: text(PARTS.join()), sync: text('always,everysec'), seed: text('1'), damage: text('none'),
      jobs: { type: 'string' }, kills: { type: 'string' },
    },
  });
  const known = (list, all) => list.every((one) => all.includes(one));
  const only = values.only.split(','), sync = values.sync.split(',');
  const good = known(only, PARTS) && known(sync, ['always', 'everysec']) && known([values.driver], DRIVERS);
  if (!values.server || !good || !damages.includes(values.damage)) {
    console.error('usage: --server COMMAND [--long] [--driver NAME] [--only PART,...] [--sync always,everysec] [--jobs N] [--kills N] [--seed N]');
    console.error(`drivers: ${DRIVERS}; parts: ${PARTS}`);
    process.exit(2);
  }
  const size = values.long ? LONG : SHORT;
  return { ...values, only, sync, seed: Number(values.seed), jobs: Number(values.jobs ?? size.jobs), kills: Number(values.kills ?? size.kills) };
}

// Runs one part on a bench of its own; whatever it throws is a failed check.
async function part(checks, title, bench, action) {
  console.log(` ${title}`);
  const began = performance.now();
  try {
    await action();
  } catch (error) {
    checks.that(false, `${title} to the end`, describe(error), [...(error.stack?.split('\n').slice(1, 4) ?? []), ...bench.unexpectedErrors()]);
  }
  await bench.close();
  console.log(`        ${((performance.now() - began) / 1000).toFixed(1)} s`);
}

async function goThroughFeatures(settings, checks, Redis) {
  const names = settings.only.filter((name) => name in features);
  if (names.length === 0) return;
  const server = await Server.create(settings.server);
  try {
    await server.start();
    for (const name of names) {
      const { title, run } = features[name];
      const bench = new Bench(server.port, settings.driver, Redis, checks);
      await part(checks, title, bench, async () => {
        await run(bench);
        const errors = bench.unexpectedErrors();
        checks.that(errors.length === 0, 'no error told', '', errors);
      });
    }
  } finally {
    await server.close();
  }
}

async function crash(settings, checks, Redis, sync) {
  const server = await Server.create(settings.server, '--appendonly', 'yes', '--appendfsync', sync);
  try {
    await server.start();
    const run = new CrashRun({ ...settings, server, checks, Redis, sync, killWorkers: settings.long });
    await part(checks, `kill -9 with appendfsync ${sync}`, run.bench, () => run.run());
  } finally {
    await server.close();
  }
}

const settings = options();
const checks = new Checks();
process.on('unhandledRejection', (error) => checks.that(false, 'no promise forgotten', describe(error)));
const Redis = await useDriver(settings.driver);
const version = (name) => JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url))).version;
console.log(`BullMQ ${version('bullmq')} on ioredis ${version(settings.driver)}, node ${process.version}, server ${settings.server}`);
await goThroughFeatures(settings, checks, Redis);
if (settings.only.includes('crash')) for (const sync of settings.sync) await crash(settings, checks, Redis, sync);
console.log(checks.summary());
process.exit(checks.failed ? 1 : 0);
