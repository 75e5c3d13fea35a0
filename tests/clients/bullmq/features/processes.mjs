// SPDX-License-Identifier: BSD-3-Clause
// Several worker processes at full concurrency share one queue: each job is begun
// by one of them, once. They are all held until every place is taken, so that the
// jobs are known to be active at once, whatever the machine's speed.

import { until } from '../bench.mjs';
import { PROTOCOLS } from '../driver.mjs';

const PROCESSES = 3;
const CONCURRENCY = 8;
const JOBS = 300;

export const title = 'worker processes';

export async function run(bench) {
  const { checks } = bench;
  const queue = bench.queue('processes');
  const begun = new Map(), ended = new Map();
  const note = (map, id, child) => map.set(id, [...(map.get(id) ?? []), child.pid]);
  const hear = ({ kind, id }, child) => note(kind === 'began' ? begun : ended, id, child);
  const children = [];
  for (let number = 0; number < PROCESSES; number++) {
    children.push(await bench.process('processes', 'hold', { concurrency: CONCURRENCY, name: `worker-${number}` }, hear));
  }
  await queue.addBulk(Array.from({ length: JOBS }, (_, n) => ({ name: 'job', data: { name: `n${n}` }, opts: { jobId: `j${n}` } })));
  await until(() => begun.size === PROCESSES * CONCURRENCY, 'every place of every process is taken');
  const counts = await queue.getJobCounts('active', 'wait');
  checks.same(counts, { active: PROCESSES * CONCURRENCY, wait: JOBS - PROCESSES * CONCURRENCY }, 'active at once in all processes');
  const names = (await queue.getWorkers()).map(({ rawname }) => rawname.split(':w:').at(-1)).sort();
  checks.same(names, ['worker-0', 'worker-1', 'worker-2'], 'the server names the workers');
  const clients = (await bench.redis().client('LIST')).trim().split('\n');
  const protocols = new Set(clients.map((line) => /\bresp=(\d)/.exec(line)?.[1]));
  checks.same([...protocols], [PROTOCOLS[bench.driver]], 'the protocol all of them speak', `${clients.length} connections, RESP${[...protocols]}`);

  children.forEach((child) => child.send('go'));
  await until(() => ended.size === JOBS, 'all jobs of the processes are done');
  const twice = [...begun].filter(([, pids]) => pids.length > 1);
  checks.that(begun.size === JOBS && twice.length === 0, 'each job begun once', `${begun.size} jobs`, twice.map(([id]) => id));
  const wrong = (await queue.getCompleted(0, -1)).filter((job) => job.returnvalue !== `${job.id} by ${job.data.name}`);
  checks.that(wrong.length === 0, 'each has its value', '', wrong.map(({ id }) => id));
}
