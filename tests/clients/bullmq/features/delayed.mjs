// SPDX-License-Identifier: BSD-3-Clause
// Delayed jobs wait for their time, are done in the order of their times, and can
// be moved and promoted meanwhile.

import { until } from '../bench.mjs';

const DELAYS_MS = [400, 150, 300, 50, 250, 100, 350, 200];

export const title = 'delayed jobs';

export async function run(bench) {
  const { checks } = bench;
  const queue = bench.queue('delayed');
  const timestamp = Date.now();
  await queue.addBulk(DELAYS_MS.map((delay) => ({ name: 'wait', data: {}, opts: { delay, timestamp, jobId: `d${delay}` } })));
  const far = await queue.add('far', {}, { delay: 3_600_000, jobId: 'far' });
  const near = await queue.add('near', {}, { delay: 3_600_000, jobId: 'near' });
  checks.same(await queue.getJobCounts('delayed', 'wait'), { delayed: 10, wait: 0 }, 'delayed jobs are counted');

  const done = [];
  await bench.worker('delayed', (job) => void done.push({ id: job.id, at: Date.now(), delay: job.opts.delay }), { concurrency: 1 });
  await until(() => done.length === DELAYS_MS.length, 'all delayed jobs are done');
  const order = done.map(({ id }) => id);
  checks.same(order, DELAYS_MS.map(Number).sort((a, b) => a - b).map((delay) => `d${delay}`), 'done in order of time');
  const early = done.filter((job) => job.at < timestamp + job.delay);
  checks.that(early.length === 0, 'none before its time', `${done.length} jobs`, early.map(({ id }) => id));

  await far.promote();
  await near.changeDelay(20);
  await until(() => done.length === DELAYS_MS.length + 2, 'a promoted and a moved job are done');
  checks.same(done.slice(-2).map(({ id }) => id), ['far', 'near'], 'promoted, and moved to a nearer time');
}
