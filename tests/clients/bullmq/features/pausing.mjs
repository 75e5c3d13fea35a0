// SPDX-License-Identifier: BSD-3-Clause
// A paused queue takes jobs and hands out none until it is resumed.

import { until } from '../bench.mjs';

export const title = 'pause and resume';

export async function run(bench) {
  const { checks } = bench;
  const queue = bench.queue('pausing');
  const events = await bench.events('pausing');
  const heard = [];
  for (const name of ['paused', 'resumed']) events.on(name, () => heard.push(name));
  const done = [];
  const worker = await bench.worker('pausing', ({ id }) => void done.push({ id, at: Date.now() }), { concurrency: 3 });
  await queue.add('job', {});
  await until(() => done.length === 1, 'a job before the pause is done');

  await queue.pause();
  await queue.addBulk(Array.from({ length: 10 }, (_, n) => ({ name: 'job', data: { n } })));
  await queue.add('job', {}, { priority: 3 });
  await queue.add('job', {}, { delay: 10 });
  checks.that(await queue.isPaused(), 'the queue is paused');
  checks.same((await queue.getJobCounts('active')).active, 0, 'nothing is handed out');
  const resumed = Date.now();
  await queue.resume();
  await until(() => done.length === 13, 'all jobs of a resumed queue are done');
  const early = done.slice(1).filter(({ at }) => at < resumed);
  checks.that(early.length === 0, 'all done after it was resumed', `${done.length} jobs`, early.map(({ id }) => id));
  await until(() => heard.length === 2, 'both events are heard');
  checks.same(heard, ['paused', 'resumed'], 'events of pause and resume');

  await worker.pause();
  await queue.add('job', {});
  checks.that(worker.isPaused() && (await queue.getWaitingCount()) === 1, 'a worker can rest alone');
  worker.resume();
  await until(() => done.length === 14, 'the worker goes on');
}
