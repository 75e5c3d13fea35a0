// SPDX-License-Identifier: BSD-3-Clause
// Two workers together start no more jobs in a time than the queue's limiter
// allows, and no more at once than its global concurrency.

import { RateLimitError } from 'bullmq';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../bench.mjs';

const LIMIT = { max: 5, duration: 300 };
const JOBS = 23;
const ROUNDING_MS = 1; // two clocks that count whole milliseconds

export const title = 'rate limiter and global concurrency';

export async function run(bench) {
  await limiter(bench);
  await byHand(bench);
  await globalConcurrency(bench);
}

async function limiter(bench) {
  const queue = bench.queue('limiter');
  await queue.addBulk(Array.from({ length: JOBS }, () => ({ name: 'job', data: {} })));
  const starts = [];
  const began = Date.now();
  for (let number = 0; number < 2; number++) {
    await bench.worker('limiter', () => void starts.push(Date.now()), { limiter: LIMIT, concurrency: 4 });
  }
  await until(() => starts.length === JOBS, 'all limited jobs are done');
  const took = Math.max(...starts) - began;
  const least = (Math.ceil(JOBS / LIMIT.max) - 1) * (LIMIT.duration - ROUNDING_MS);
  bench.checks.that(took >= least, 'no more in a time than allowed', `${JOBS} jobs in ${took} ms, at least ${least}`);
  bench.checks.same((await queue.getJobCounts('completed')).completed, JOBS, 'limited jobs are all completed');
}

// A processor that meets somebody else's limit puts its job back, and the queue rests.
async function byHand(bench) {
  const queue = bench.queue('limited-by-hand');
  const starts = [];
  await bench.worker('limited-by-hand', async () => {
    starts.push(Date.now());
    if (starts.length > 1) return;
    await queue.rateLimit(200);
    throw new RateLimitError();
  });
  const job = await queue.add('job', {});
  await until(() => job.isCompleted(), 'the job that was put back is completed');
  const { attemptsMade } = await queue.getJob(job.id);
  bench.checks.that(starts.length === 2 && starts[1] - starts[0] >= 200 - ROUNDING_MS && attemptsMade === 1, 'a limit set by hand',
    `${starts[1] - starts[0]} ms, ${attemptsMade} attempt`);
}

async function globalConcurrency(bench) {
  const queue = bench.queue('global-concurrency');
  await queue.setGlobalConcurrency(2);
  let now = 0, most = 0, done = 0;
  const processor = async () => {
    most = Math.max(most, ++now);
    await pause(20);
    now--;
    done++;
  };
  for (let number = 0; number < 2; number++) await bench.worker('global-concurrency', processor, { concurrency: 4 });
  await queue.addBulk(Array.from({ length: 12 }, () => ({ name: 'job', data: {} })));
  await until(() => done === 12, 'all jobs under a global concurrency are done');
  bench.checks.same(most, 2, 'no more at once than allowed');
}
