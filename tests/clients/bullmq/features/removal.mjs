// SPDX-License-Identifier: BSD-3-Clause
// What finished jobs leave behind, counts, cleaning and emptying; one job for one
// id, and one for one deduplication id.

import { until } from '../bench.mjs';

export const title = 'removal, counts and duplicates';

export async function run(bench) {
  await finished(bench);
  await duplicates(bench);
  await emptied(bench);
}

async function finished(bench) {
  const { checks } = bench;
  const queue = bench.queue('removal');
  const seen = [];
  await bench.worker('removal', (job) => {
    seen.push(job.name);
    if (job.name === 'bad') throw new Error('bad');
  }, { metrics: { maxDataPoints: 60 } });
  const bulk = (name, length, opts) => Array.from({ length }, () => ({ name, data: {}, opts }));
  await queue.addBulk([
    ...bulk('gone', 7, { removeOnComplete: true }),
    ...bulk('kept', 4, {}),
    ...bulk('counted', 9, { removeOnComplete: { count: 6 } }),
    ...bulk('bad', 5, { removeOnFail: 2 }),
  ]);
  await until(() => seen.length === 25, 'all jobs are done');
  await until(async () => (await queue.getActiveCount()) === 0, 'and none is active');
  const counts = await queue.getJobCounts();
  const wanted = { active: 0, completed: 6, delayed: 0, failed: 2, prioritized: 0, waiting: 0, 'waiting-children': 0 };
  checks.same(counts, wanted, 'counts after removal');
  checks.same((await queue.getJobs(['completed'], 0, -1)).map(({ name }) => name), Array(6).fill('counted'), 'the newest are kept');
  const metrics = await Promise.all(['completed', 'failed'].map((type) => queue.getMetrics(type)));
  checks.same(metrics.map(({ meta }) => meta.count), [20, 5], 'metrics count all of them');
  const cleaned = await queue.clean(0, 4, 'completed');
  checks.same([cleaned.length, await queue.getCompletedCount()], [4, 2], 'cleaning stops at its limit');
}

async function duplicates(bench) {
  const { checks } = bench;
  const queue = bench.queue('duplicates');
  const events = await bench.events('duplicates');
  const heard = [];
  events.on('duplicated', ({ jobId }) => heard.push(jobId));
  events.on('deduplicated', ({ jobId, deduplicationId }) => heard.push(`${jobId} for ${deduplicationId}`));
  await queue.add('job', { n: 1 }, { jobId: 'only' });
  await queue.add('job', { n: 2 }, { jobId: 'only' });
  const deduplication = { id: 'one', ttl: 3_600_000 };
  const first = await queue.add('job', { n: 1 }, { jobId: 'first', deduplication });
  const second = await queue.add('job', { n: 2 }, { jobId: 'second', deduplication });
  await until(() => heard.length === 2, 'duplicates are heard of');
  checks.same(heard, ['only', 'first for one'], 'duplicates are told');
  checks.same([second.id, (await queue.getJob('only')).data.n, await queue.getWaitingCount()], [first.id, 1, 2], 'and not added');
  await queue.removeDeduplicationKey('one');
  const third = await queue.add('job', { n: 3 }, { jobId: 'third', deduplication });
  checks.same(third.id, 'third', 'until they are let go');
}

async function emptied(bench) {
  const { checks } = bench;
  const queue = bench.queue('emptied');
  const redis = bench.redis();
  const opts = [{}, { delay: 3_600_000 }, { priority: 1 }];
  await queue.addBulk(Array.from({ length: 1500 }, (_, n) => ({ name: 'job', data: { n }, opts: opts[n % 3] })));
  const pages = await queue.getJobs(['wait'], 10, 14, true);
  checks.same(pages.map(({ data }) => data.n), [30, 33, 36, 39, 42], 'a page of waiting jobs');
  await queue.drain();
  checks.same(await queue.getJobCounts('wait', 'delayed', 'prioritized'), { wait: 0, delayed: 500, prioritized: 0 }, 'drained but for the delayed');
  await queue.obliterate({ force: true });
  checks.same(await redis.keys('bull:emptied:*'), [], 'nothing left when obliterated');
}
