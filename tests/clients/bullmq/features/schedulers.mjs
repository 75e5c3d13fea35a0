// SPDX-License-Identifier: BSD-3-Clause
// Job schedulers make job after job, by interval, by cron pattern, up to a limit;
// each of them once, and none after the scheduler was removed.

import { until } from '../bench.mjs';

const EVERY_MS = 120;

export const title = 'job schedulers';

export async function run(bench) {
  const { checks } = bench;
  const queue = bench.queue('schedulers');
  const done = [];
  await bench.worker('schedulers', (job) => void done.push(job), { concurrency: 2 });
  const of = (name) => done.filter((job) => job.name === name);

  await queue.upsertJobScheduler('tick', { every: EVERY_MS }, { name: 'tick', data: { n: 1 } });
  await queue.upsertJobScheduler('limited', { every: 50, limit: 3 }, { name: 'limited' });
  await queue.upsertJobScheduler('cron', { pattern: '* * * * * *' }, { name: 'cron' });
  checks.same((await queue.getJobSchedulers()).map(({ key }) => key).sort(), ['cron', 'limited', 'tick'], 'schedulers can be listed');
  await until(() => of('tick').length >= 5 && of('limited').length >= 3 && of('cron').length >= 2, 'all schedulers tick');

  // An iteration's job carries its time in its id.
  const times = of('tick').map(({ id }) => Number(id.split(':').at(-1)));
  checks.that(times.every((time) => time % EVERY_MS === times[0] % EVERY_MS), 'by interval', `${times.length} ticks`, times);
  checks.same(new Set(times).size, times.length, 'no tick twice');
  const seconds = of('cron').map(({ id }) => Number(id.split(':').at(-1)));
  checks.that(seconds.every((time) => time % 1000 === 0), 'by cron pattern', `${seconds.length} seconds`, seconds);

  await queue.upsertJobScheduler('tick', { every: EVERY_MS }, { name: 'tick', data: { n: 2 } });
  await until(() => of('tick').some(({ data }) => data.n === 2), 'the changed template is used');
  checks.same(await queue.getJobSchedulersCount(), 3, 'changed in place');
  checks.same(of('limited').length, 3, 'up to a limit');

  for (const name of ['tick', 'limited', 'cron']) await queue.removeJobScheduler(name);
  await until(async () => (await queue.getActiveCount()) === 0, 'the last ticks are over');
  checks.same([await queue.getJobSchedulersCount(), await queue.getDelayedCount()], [0, 0], 'nothing left when removed');
}
