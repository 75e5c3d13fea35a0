// SPDX-License-Identifier: BSD-3-Clause
// Flows: a parent waits for its children, in other queues too, and gets their
// values; a failed child fails it, or not, as its options say.

import { until } from '../bench.mjs';

export const title = 'flows of parents and children';

// A tree of sums: three branches of three leaves each.
function tree() {
  const leaf = (branch, n) => ({ name: 'leaf', queueName: 'leaves', data: { n: branch * 10 + n }, opts: { jobId: `leaf-${branch}-${n}` } });
  const branch = (b) => ({
    name: 'branch', queueName: 'branches', data: { n: 0 }, opts: { jobId: `branch-${b}` },
    children: [1, 2, 3].map((n) => leaf(b, n)),
  });
  return { name: 'root', queueName: 'branches', data: { n: 1000 }, opts: { jobId: 'root' }, children: [1, 2, 3].map(branch) };
}

export async function run(bench) {
  await sums(bench);
  await failures(bench);
}

async function sums(bench) {
  const { checks } = bench;
  const flows = bench.flows();
  const branches = bench.queue('branches');
  const leaves = bench.queue('leaves');
  await flows.add(tree());
  checks.same(
    [await branches.getJobCounts('waiting-children', 'wait'), await leaves.getJobCounts('wait')],
    [{ 'waiting-children': 4, wait: 0 }, { wait: 9 }], 'parents wait for their children',
  );
  const done = [];
  const sum = async (job) => {
    const values = Object.values(await job.getChildrenValues());
    done.push(job.id);
    return values.reduce((total, value) => total + value, job.data.n);
  };
  for (const name of ['branches', 'leaves']) await bench.worker(name, sum, { concurrency: 3 });
  const root = await until(async () => {
    const job = await branches.getJob('root');
    return job.finishedOn && job;
  }, 'the root of the flow is completed');
  checks.same(root.returnvalue, 1000 + 3 * 60 + 3 * 6, 'values go up the tree');
  const before = (child, parent) => done.indexOf(child) < done.indexOf(parent);
  const ordered = [1, 2, 3].every((b) => before(`branch-${b}`, 'root') && [1, 2, 3].every((n) => before(`leaf-${b}-${n}`, `branch-${b}`)));
  checks.that(ordered && done.length === 13, 'children before parents', `${done.length} jobs`, done);
  const found = await flows.getFlow({ id: 'root', queueName: 'branches' });
  const shape = found.children.map(({ job, children }) => [job.id, children.map((child) => child.job.id).sort()]).sort();
  const wanted = [1, 2, 3].map((b) => [`branch-${b}`, [1, 2, 3].map((n) => `leaf-${b}-${n}`)]);
  checks.same(shape, wanted, 'the tree can be read back');
  const { processed, unprocessed } = await root.getDependenciesCount();
  checks.same([processed, unprocessed], [3, 0], 'dependencies are counted');
}

async function failures(bench) {
  const { checks } = bench;
  const flows = bench.flows();
  const queue = bench.queue('families');
  await bench.worker('families', async (job) => {
    if (job.name === 'bad') throw new Error('bad child');
    return Object.values(await job.getIgnoredChildrenFailures()).join();
  });
  const family = (id, opts) => ({
    name: 'parent', queueName: 'families', data: {}, opts: { jobId: id },
    children: [{ name: 'bad', queueName: 'families', data: {}, opts: { jobId: `${id}-child`, ...opts } }],
  });
  await flows.addBulk([
    family('fails', { failParentOnFailure: true }),
    family('ignores', { ignoreDependencyOnFailure: true }),
    family('drops', { removeDependencyOnFailure: true }),
  ]);
  const ended = async () => (await queue.getJobCounts('completed', 'failed')).completed === 2;
  await until(ended, 'two parents of failed children are completed');
  await until(async () => (await queue.getJobState('fails')) === 'failed', 'the third parent has failed');
  const reason = (await queue.getJob('fails')).failedReason;
  checks.that(reason.includes('fails-child'), 'a failed child fails its parent', reason);
  checks.same((await queue.getJob('ignores')).returnvalue, 'bad child', 'or its failure is handed over');
  checks.same((await queue.getJob('drops')).returnvalue, '', 'or it is forgotten');
}
