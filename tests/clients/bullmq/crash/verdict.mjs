// SPDX-License-Identifier: BSD-3-Clause
// The end of a crash run: everything that the queue holds and told, and all that
// the workers did, against the plan.

import { BROKEN_CONNECTION } from '../bench.mjs';
import { outcome } from './plan.mjs';

// What BullMQ says when a job's lock ran out or its end had already been carried out.
const OVERTAKEN = /Missing lock|Missing key|not in the active state|Lock mismatch|could not renew lock/;
// And of a parent in hand whose child's end was acknowledged and lost, as everysec may lose it.
const CHILD_LOST = /pending dependencies/;

export async function compare(run) {
  const stored = new Map((await run.queue.getCompleted(0, -1)).map((job) => [job.id, job]));
  await outcomes(run, stored);
  executions(run, stored);
  delays(run, stored);
  await events(run);
  await leftovers(run);
  errors(run);
}

async function outcomes({ checks, jobs, queue }, stored) {
  const show = ({ returnvalue, attemptsMade }) => `${returnvalue} after ${attemptsMade} attempts`;
  const wanted = new Map(jobs.map((job) => [job.opts.jobId, show(outcome(job))]));
  const found = new Map([...stored].map(([id, job]) => [id, show(job)]));
  checks.equal(found, wanted, 'jobs completed, with their values', 'jobs');
  const counts = await queue.getJobCounts();
  const open = Object.entries(counts).filter(([state, number]) => number > 0 && state !== 'completed');
  checks.that(open.length === 0, 'no job in any other state', '', open);
}

// Each job was done once for each of its attempts, and once more at most for
// each time that it was in hand when something was killed.
function executions({ checks, jobs, ledger }, stored) {
  let again = 0, stalled = 0;
  const wrong = [];
  for (const job of jobs) {
    const id = job.opts.jobId;
    const extra = ledger.count(id) - outcome(job).attemptsMade;
    again += extra;
    stalled += stored.get(id)?.stalledCounter ?? 0;
    if (extra < 0 || extra > ledger.interrupted(id)) wrong.push(`${id}: ${extra} times too often, ${ledger.interrupted(id)} allowed`);
  }
  checks.that(wrong.length === 0, 'none done twice without need', `${again} done again, ${stalled} found stalled`, wrong);
}

// By the workers' own clock: what a job says of itself is the moment at which a
// worker asked for one, which may lie before the restart.
function delays({ checks, jobs, ledger }, stored) {
  const delayed = jobs.filter((job) => job.opts.delay);
  const waited = ({ opts }) => ledger.executions.get(opts.jobId)?.[0].began - stored.get(opts.jobId)?.timestamp;
  const early = delayed.filter((job) => waited(job) < job.opts.delay);
  const problems = early.map((job) => `${job.opts.jobId}: ${waited(job)} ms instead of ${job.opts.delay}`);
  checks.that(early.length === 0, 'no delayed job before its time', `${delayed.length} jobs`, problems);
}

// The stream holds one completion for each job. Whoever listened all the time
// heard of each: once if nothing that was told could be lost, else at least once.
async function events({ checks, jobs, queue, redis, told, sync }) {
  const held = new Map();
  for (const [, fields] of await redis.xrange(queue.toKey('events'), '-', '+')) {
    const event = Object.fromEntries(fields.flatMap((word, at) => (at % 2 ? [] : [[word, fields[at + 1]]])));
    if (event.event === 'completed') held.set(event.jobId, (held.get(event.jobId) ?? 0) + 1);
  }
  const once = new Map(jobs.map(({ opts }) => [opts.jobId, 1]));
  checks.equal(held, once, 'one completion each in the stream', 'events');
  const heard = sync === 'always' ? told : new Map([...told].map(([id]) => [id, 1]));
  checks.equal(heard, once, 'and each was told to a listener', 'events');
}

async function leftovers({ checks, jobs, queue, redis, torn }) {
  checks.that(torn.length === 0, 'flows are added whole or not at all', '', torn);
  const names = (await redis.keys(queue.toKey('*'))).map((key) => key.slice(queue.toKey('').length));
  const ids = new Set(jobs.map(({ opts }) => opts.jobId));
  const aside = /^(meta|events|completed|marker|stalled-check|id|pc)$|:processed$/;
  const odd = names.filter((name) => !ids.has(name) && !aside.test(name));
  checks.that(odd.length === 0, 'no lock and no list left', `${names.length} keys`, odd);
}

function errors({ checks, bench, retried, sync }) {
  const expected = (text) => OVERTAKEN.test(text) || (sync !== 'always' && CHILD_LOST.test(text));
  const odd = bench.unexpectedErrors().filter((text) => !expected(text));
  const refused = retried.filter((text) => !BROKEN_CONNECTION.test(text));
  checks.that(odd.length + refused.length === 0, 'no error but of the connection', `${retried.length} calls made again`, [...odd, ...refused]);
}
