// SPDX-License-Identifier: BSD-3-Clause
// Some thousand jobs of all kinds go through a few worker processes while the
// server is killed with SIGKILL and started again on its log. No job may be lost,
// and none done twice but those that were in hand at a kill, which BullMQ promises
// to do again as stalled.
//
// A call that was not acknowledged may have been carried out or not, a flow only
// as a whole; it is made again. With `always` everything acknowledged must be
// there after the restart, with `everysec` all but the last moment's.

import { setTimeout as pause } from 'node:timers/promises';
import { Bench, describe, until } from '../bench.mjs';
import { spoil } from './damage.mjs';
import { Ledger } from './ledger.mjs';
import { generator, makeOrders } from './plan.mjs';
import { compare } from './verdict.mjs';

const QUEUE = 'crash';
const TICKS = 'ticks';
const PROCESSES = 3;
const ADDERS = 4;
const AHEAD = 150; // jobs added and not yet begun, so that adding goes on all the time
// A second, and one more that the log's write may wait for a sync under way.
const EVERYSEC_MS = 2000;
const WORKER = { concurrency: 8, lockDuration: 6000, stalledInterval: 1000, maxStalledCount: 100 };
const PATIENCE_MS = 240_000;

export class CrashRun {
  told = new Map(); // job id -> how often QueueEvents told of its completion
  acknowledged = new Map(); // job id -> when adding it was
  retried = []; // errors of calls that were made again
  torn = []; // flows found in parts
  ticks = 0;

  constructor({ server, checks, driver, Redis, sync, jobs, kills, killWorkers, seed, damage }) {
    Object.assign(this, { server, checks, sync, kills, killWorkers, damage });
    this.random = generator(seed + 1);
    this.orders = makeOrders(QUEUE, jobs, seed);
    this.jobs = this.orders.flatMap((order) => order.jobs);
    this.bench = new Bench(server.port, driver, Redis, checks);
    this.ledger = new Ledger(sync === 'always' ? 0 : EVERYSEC_MS);
  }

  async run() {
    const began = performance.now();
    await this.open();
    const adding = this.addAll();
    adding.catch(() => {}); // awaited below
    for (let number = 0; number < this.kills; number++) {
      await this.killServer((number + 0.2 + this.random() * 0.6) / this.kills);
      if (this.killWorkers) await this.killWorker();
    }
    this.killed = true;
    await adding;
    await this.finish();
    console.log(`  load: ${this.jobs.length} jobs in ${((performance.now() - began) / 1000).toFixed(1)} s, recovery included`);
    await compare(this);
  }

  async open() {
    const { bench } = this;
    this.queue = bench.queue(QUEUE, { streams: { events: { maxLen: 10_000_000 } } });
    this.flows = bench.flows();
    this.redis = bench.redis();
    await this.queue.waitUntilReady();
    const events = await bench.events(QUEUE);
    events.on('completed', ({ jobId }) => this.told.set(jobId, (this.told.get(jobId) ?? 0) + 1));
    await bench.worker(TICKS, () => void this.ticks++, WORKER);
    this.tickQueue = bench.queue(TICKS);
    await this.setUpTicks();
    this.workers = await Promise.all(Array.from({ length: PROCESSES }, () => this.startWorker()));
  }

  startWorker() {
    return this.bench.process(QUEUE, 'crash', WORKER, (message, child) => this.ledger.hear(message, child.pid));
  }

  // ---- adding

  async addAll() {
    this.pending = [...this.orders];
    await Promise.all(Array.from({ length: ADDERS }, () => this.adder()));
  }

  async adder() {
    while (this.acknowledged.size < this.jobs.length || !this.killed) {
      const ahead = this.acknowledged.size - this.ledger.executions.size;
      const order = ahead < AHEAD && this.pending.shift();
      if (!order) {
        await pause(5);
        continue;
      }
      await this.addOrder(order);
      for (const { opts } of order.jobs) this.acknowledged.set(opts.jobId, Date.now());
    }
  }

  async addOrder(order) {
    for (let attempt = 0; ; attempt++) {
      try {
        if (order.bulk) return await this.queue.addBulk(order.bulk);
        if (attempt === 0 || !(await this.isThere(order))) await this.flows.add(order.flow);
        return;
      } catch (error) {
        this.retried.push(describe(error));
        if (attempt > 20) throw error;
        await until(() => this.server.answers(), 'the server serves again', PATIENCE_MS);
      }
    }
  }

  async isThere({ jobs }) {
    const there = await this.redis.exists(jobs.map(({ opts }) => this.key(opts.jobId)));
    if (there !== 0 && there !== jobs.length) this.torn.push(`${jobs[0].opts.jobId}: ${there} of ${jobs.length} jobs`);
    return there > 0;
  }

  key(id) {
    return this.queue.toKey(id);
  }

  // ---- killing

  async killServer(share) {
    const { server, ledger, jobs } = this;
    await until(() => ledger.executions.size >= share * jobs.length, `${share} of the jobs are begun`, PATIENCE_MS);
    await pause(this.random() * 20); // somewhere within what goes on, not just after a job began
    const from = Date.now();
    await server.kill();
    await pause(this.random() * 300);
    const loading = await server.start();
    ledger.serverDied(from, Date.now());
    console.log(`  kill -9 after ${(share * 100).toFixed(1)}% of the jobs were begun; serving again after ${loading.toFixed(2)} s`);
    await spoil(this.damage, 'restart', this);
    await this.checkLoss(from);
    await this.checkTicks();
  }

  // A worker makes the next tick when it takes one. If that call is what everysec lost, no tick is left, and the
  // scheduler has to be set up again.
  async checkTicks() {
    const { ticks } = this;
    const goesOn = (patienceMs) => until(() => this.ticks >= ticks + 2, 'the job scheduler ticks on', patienceMs);
    let how = '';
    if (this.sync === 'everysec') {
      await goesOn(30_000).catch(() => {
        how = ', set up again';
        return this.setUpTicks();
      });
    }
    await goesOn(PATIENCE_MS);
    this.checks.that(true, 'the job scheduler goes on', `${ticks} ticks before${how}`);
  }

  setUpTicks() {
    return this.tickQueue.upsertJobScheduler('tick', { every: 250 }, { opts: { removeOnComplete: true } });
  }

  // Looks for all jobs whose adding was acknowledged; what may be lost is added again.
  async checkLoss(killed) {
    const acknowledged = [...this.acknowledged];
    const there = await Promise.all(acknowledged.map(([id]) => this.redis.exists(this.key(id))));
    const lost = acknowledged.filter((_, at) => !there[at]);
    const oldest = Math.max(0, ...lost.map(([, at]) => killed - at));
    const detail = `${lost.length} of ${acknowledged.length}` + (lost.length ? `, the oldest ${oldest} ms before the kill` : '');
    const bad = lost.filter(([, at]) => at < killed - this.ledger.windowMs || this.sync === 'always');
    this.checks.that(bad.length === 0, 'added, acknowledged and missing', detail, bad.map(([id]) => id));
    const ids = new Set(lost.map(([id]) => id));
    ids.forEach((id) => this.acknowledged.delete(id));
    this.pending.push(...this.orders.filter(({ jobs }) => jobs.some(({ opts }) => ids.has(opts.jobId))));
  }

  async killWorker() {
    const victim = this.workers.shift();
    this.ledger.workerDied(victim.pid);
    victim.kill('SIGKILL');
    await victim.ended;
    this.workers.push(await this.startWorker());
  }

  async finish() {
    const all = this.jobs.length;
    await until(async () => (await this.queue.getCompletedCount()) === all, 'all jobs are completed', PATIENCE_MS).catch(
      async (error) => {
        throw new Error(`${error.message}; of ${all}: ${JSON.stringify(await this.queue.getJobCounts())}`);
      },
    );
    await until(() => this.told.size === all, 'QueueEvents tells of all completions', PATIENCE_MS);
    await spoil(this.damage, 'end', this);
  }
}
