// SPDX-License-Identifier: BSD-3-Clause
// QueueEvents hears of each step of a job's life, in order and with its data;
// progress, logs and waiting for a job's end go the same way.

import { QueueEventsProducer } from 'bullmq';
import { until } from '../bench.mjs';

export const title = 'events, progress and logs';

export async function run(bench) {
  const { checks } = bench;
  const queue = bench.queue('events');
  const events = await bench.events('events');
  const lives = new Map();
  const note = (id, word) => lives.set(id, [...(lives.get(id) ?? []), word]);
  for (const name of ['added', 'waiting', 'active', 'delayed', 'removed']) events.on(name, ({ jobId }) => note(jobId, name));
  events.on('progress', ({ jobId, data }) => note(jobId, `progress ${JSON.stringify(data)}`));
  events.on('completed', ({ jobId, returnvalue }) => note(jobId, `completed ${JSON.stringify(returnvalue)}`));
  events.on('failed', ({ jobId, failedReason }) => note(jobId, `failed ${failedReason}`));
  events.on('drained', () => note('queue', 'drained'));
  events.on('greeting', ({ text }) => note('queue', `greeting ${text}`));

  await bench.worker('events', async (job) => {
    if (job.id === 'bad') throw new Error('reason');
    await job.updateProgress(50);
    await job.log('half way');
    await job.updateProgress({ step: 2, of: 'two' });
    await job.log('there');
    return { ok: true };
  });
  const good = await queue.add('job', { text: 'Grüße, 世界 \u0000' }, { jobId: 'good' });
  checks.same(await good.waitUntilFinished(events, 60_000), { ok: true }, 'a job\'s end can be waited for');
  const bad = await queue.add('job', {}, { jobId: 'bad', delay: 20 });
  const reason = await bad.waitUntilFinished(events, 60_000).catch((error) => error.message);
  checks.same(reason, 'reason', 'and its failure');
  const removed = await queue.add('job', {}, { jobId: 'removed', delay: 3_600_000 });
  await removed.remove();
  const producer = bench.keep(new QueueEventsProducer('events', { connection: bench.connection }));
  await producer.publishEvent({ eventName: 'greeting', text: 'hello' });
  await until(() => lives.get('queue')?.includes('greeting hello'), 'an event of one\'s own arrives');

  checks.same(lives.get('good'), ['added', 'waiting', 'active', 'progress 50', 'progress {"step":2,"of":"two"}', 'completed {"ok":true}'],
    'the life of a job');
  checks.same(lives.get('bad'), ['added', 'delayed', 'waiting', 'active', 'failed reason'], 'of a delayed one that fails');
  checks.same(lives.get('removed'), ['added', 'delayed', 'removed'], 'of one that is removed');
  const stored = await queue.getJob('good');
  checks.same([stored.progress, stored.data.text], [{ step: 2, of: 'two' }, 'Grüße, 世界 \u0000'], 'progress and data are stored');
  checks.same(await queue.getJobLogs('good'), { logs: ['half way', 'there'], count: 2 }, 'logs are stored');
}
