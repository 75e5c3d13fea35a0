// SPDX-License-Identifier: BSD-3-Clause
// A worker process dies with a job in hand: another worker finds it stalled and
// does it again, and gives it up when that happens too often.

import { until } from '../bench.mjs';

const OPTIONS = { lockDuration: 1000, stalledInterval: 200, maxStalledCount: 1 };

export const title = 'stalled jobs';

// Starts a worker process, and kills it when it has begun the job.
async function dieWith(bench, id) {
  let begun = false;
  const child = await bench.process('stalled', 'hold', OPTIONS, (message) => {
    begun ||= message.kind === 'began' && message.id === id;
  });
  await until(() => begun, `a process begins ${id}`);
  child.kill('SIGKILL');
  await child.ended;
}

export async function run(bench) {
  const { checks } = bench;
  const queue = bench.queue('stalled');
  const events = await bench.events('stalled');
  const heard = [];
  events.on('stalled', ({ jobId }) => heard.push(jobId));
  await queue.add('job', { name: 'x' }, { jobId: 'once' });
  await dieWith(bench, 'once');
  checks.same(await queue.getJobState('once'), 'active', 'active in the hands of a dead process');

  const worker = await bench.worker('stalled', async ({ id }) => `${id} again`, OPTIONS);
  await until(async () => (await queue.getJobState('once')) === 'completed', 'the stalled job is done again');
  const { returnvalue, stalledCounter, attemptsStarted } = await queue.getJob('once');
  checks.same([returnvalue, stalledCounter, attemptsStarted], ['once again', 1, 2], 'done again by another worker');
  await worker.close();

  await queue.add('job', { name: 'x' }, { jobId: 'twice' });
  await dieWith(bench, 'twice');
  await dieWith(bench, 'twice');
  await bench.worker('stalled', async () => 'never', OPTIONS);
  await until(async () => (await queue.getJobState('twice')) === 'failed', 'the job that stalled twice has failed');
  checks.same((await queue.getJob('twice')).failedReason, 'job stalled more than allowable limit', 'given up when it stalls too often');
  await until(() => heard.length >= 3, 'stalls are heard of');
  checks.same(heard, ['once', 'twice', 'twice'], 'events of stalled jobs');
}
