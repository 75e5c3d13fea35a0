// SPDX-License-Identifier: BSD-3-Clause
// What is put into the queue of the crash run, and what has to come of it: a
// seeded list of orders, each a handful of jobs or one flow, added as one call.
// Every job's end follows from its data alone, so that the model needs no server.

import { setTimeout as pause } from 'node:timers/promises';

const JOBS_OF_AN_ORDER = 10;
const CHILDREN = 3;

// xorshift32; returns numbers from 0 up to 1.
export function generator(seed) {
  let state = (seed * 2654435761) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 4294967296;
  };
}

function single(number, random) {
  const kind = random();
  const opts = { jobId: `j${number}` };
  const data = { number, failures: 0, text: 'x'.repeat(Math.floor(random() * 200)) };
  if (kind < 0.15) opts.delay = 1 + Math.floor(random() * 1500);
  else if (kind < 0.3) opts.priority = 1 + Math.floor(random() * 10);
  else if (kind < 0.45) {
    data.failures = 1 + Math.floor(random() * 2);
    Object.assign(opts, { attempts: 5, backoff: { type: 'exponential', delay: 20 } });
  }
  return { name: 'single', data, opts };
}

function family(number, queueName) {
  const child = (n) => ({ name: 'child', queueName, data: { number: n, failures: 0 }, opts: { jobId: `j${n}` } });
  const children = Array.from({ length: CHILDREN }, (_, at) => child(number + 1 + at));
  return { name: 'parent', queueName, data: { number, failures: 0 }, opts: { jobId: `j${number}` }, children };
}

// Orders with about so many jobs in all: {flow} or {bulk}, and in `jobs` all jobs of it.
export function makeOrders(queueName, jobs, seed) {
  const random = generator(seed);
  const orders = [];
  for (let number = 0; number < jobs; ) {
    if (random() < 0.1) {
      const flow = family(number, queueName);
      orders.push({ flow, jobs: [flow, ...flow.children] });
    } else {
      const bulk = Array.from({ length: JOBS_OF_AN_ORDER }, (_, at) => single(number + at, random));
      orders.push({ bulk, jobs: bulk });
    }
    number += orders.at(-1).jobs.length;
  }
  return orders;
}

const value = ({ number }) => number * 3 + 1;

// What the server must hold of a job in the end.
export function outcome(job) {
  const children = (job.children ?? []).reduce((sum, { data }) => sum + value(data), 0);
  return { returnvalue: value(job.data) + children, attemptsMade: job.data.failures + 1 };
}

// What a worker does with a job.
export async function work(job) {
  await pause(job.data.number % 12);
  if (job.attemptsMade < job.data.failures) throw new Error(`failure ${job.attemptsMade + 1} of ${job.data.failures}`);
  const children = job.name === 'parent' ? Object.values(await job.getChildrenValues()) : [];
  return children.reduce((sum, number) => sum + number, value(job.data));
}
