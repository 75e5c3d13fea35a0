// SPDX-License-Identifier: BSD-3-Clause
// Failed jobs are tried again with a growing pause, give up after their attempts,
// at once when they say so, and can be tried anew by hand.

import { UnrecoverableError } from 'bullmq';
import { until } from '../bench.mjs';

export const title = 'retries with backoff';

export async function run(bench) {
  const { checks } = bench;
  const queue = bench.queue('retries');
  const tries = new Map();
  const times = [];
  let repaired = false;
  await bench.worker('retries', async (job) => {
    tries.set(job.id, (tries.get(job.id) ?? 0) + 1);
    if (job.id === 'grows') times.push({ began: Date.now() });
    if (job.id === 'never') throw new UnrecoverableError('no use');
    if (job.id === 'grows' && job.attemptsMade < 3) {
      times.at(-1).failed = Date.now();
      throw new Error(`attempt ${job.attemptsMade}`);
    }
    if (job.id === 'gives-up' && !repaired) throw new Error('broken');
    return job.attemptsMade;
  });
  const backoff = { type: 'exponential', delay: 40 };
  await queue.add('job', {}, { jobId: 'grows', attempts: 5, backoff });
  await queue.add('job', {}, { jobId: 'gives-up', attempts: 3, backoff: { type: 'fixed', delay: 10 } });
  await queue.add('job', {}, { jobId: 'never', attempts: 9, backoff });

  const state = (id) => queue.getJobState(id);
  await until(async () => (await state('grows')) === 'completed', 'the job that fails three times is completed');
  await until(async () => (await queue.getFailedCount()) === 2, 'two jobs have failed');
  const grows = await queue.getJob('grows');
  checks.same([grows.attemptsMade, grows.returnvalue, tries.get('grows')], [4, 3, 4], 'three failures, then success');
  const pauses = times.slice(1).map(({ began }, at) => began - times[at].failed);
  checks.that(pauses.every((ms, at) => ms >= 40 * 2 ** at), 'pauses grow', pauses.map((ms) => `${ms} ms`).join(', '));

  const failed = await queue.getJob('gives-up');
  checks.same([failed.attemptsMade, failed.failedReason, failed.stacktrace.length], [3, 'broken', 3], 'gives up after its attempts');
  checks.same([tries.get('never'), (await queue.getJob('never')).failedReason], [1, 'no use'], 'an unrecoverable one is not tried again');

  repaired = true;
  await failed.retry();
  await until(async () => (await state('gives-up')) === 'completed', 'the repaired job is completed');
  checks.same(await queue.getJobCounts('completed', 'failed', 'delayed'), { completed: 2, failed: 1, delayed: 0 }, 'retried by hand');
}
