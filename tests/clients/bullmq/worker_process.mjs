// SPDX-License-Identifier: BSD-3-Clause
// A BullMQ worker in a process of its own, forked by bench.mjs. It tells its
// parent when a job begins and when the server has acknowledged its end, so that
// what was done is known without asking the server under test.

import { Worker } from 'bullmq';
import { describe } from './bench.mjs';
import { work } from './crash/plan.mjs';
import { connectionTo, useDriver } from './driver.mjs';

const { port, driver, queue, job, options } = JSON.parse(process.argv[2]);
const tell = (kind, fields) => process.connected && process.send({ kind, at: Date.now(), ...fields });
const released = new Promise((resolve) => process.once('message', resolve));

const jobs = {
  // Holds on to the job until the parent says a word.
  async hold({ id, data }) {
    await released;
    return `${id} by ${data.name}`;
  },
  crash: work,
};

await useDriver(driver);
const worker = new Worker(
  queue,
  (one) => {
    tell('began', { id: one.id });
    return jobs[job](one);
  },
  { connection: connectionTo(port), ...options },
);
worker.on('completed', ({ id }) => tell('ended', { id }));
worker.on('failed', (one) => one && tell('ended', { id: one.id }));
worker.on('ioredis:close', () => tell('disconnected'));
worker.on('error', (error) => tell('error', { text: describe(error) }));
process.on('disconnect', () => process.exit());
await worker.waitUntilReady();
tell('ready');
