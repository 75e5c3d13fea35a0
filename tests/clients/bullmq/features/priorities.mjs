// SPDX-License-Identifier: BSD-3-Clause
// Jobs without a priority come first, then the prioritized ones from 1 upwards,
// each in order of arrival; a priority can be changed while the job waits.

import { until } from '../bench.mjs';

const PRIORITIES = [5, 0, 3, 1, 5, 2, 0, 9, 1, 3, 2_000_000, 4, 2, 0, 7, 1, 9, 5, 3, 8];

export const title = 'priorities';

export async function run(bench) {
  const { checks } = bench;
  const queue = bench.queue('priorities');
  for (const [at, priority] of PRIORITIES.entries()) {
    await queue.add('job', {}, { priority, jobId: `p${at}` });
  }
  const moved = await queue.getJob('p10');
  await moved.changePriority({ priority: 6 });
  const now = PRIORITIES.map((priority, at) => (at === 10 ? 6 : priority));
  checks.same(await queue.getJobCounts('wait', 'prioritized'), { wait: 3, prioritized: 17 }, 'waiting and prioritized are counted');
  checks.same(await queue.getCountsPerPriority([0, 1, 5, 6, 42]), { 0: 3, 1: 3, 5: 3, 6: 1, 42: 0 }, 'counts of each priority');

  const done = [];
  await bench.worker('priorities', (job) => void done.push(job.id), { concurrency: 1 });
  await until(() => done.length === now.length, 'all prioritized jobs are done');
  const wanted = now.map((priority, at) => ({ priority, id: `p${at}` })).sort((a, b) => a.priority - b.priority);
  checks.same(done, wanted.map(({ id }) => id), 'done in order of priority');
}
