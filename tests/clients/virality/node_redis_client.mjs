#!/usr/bin/env node
// SPDX-License-Identifier: BSD-3-Clause
// The virality engine driven by node-redis in RESP3, with kill -9 in the
// middle: the counterpart of redis_py_client, in one process. Starts the server,
// runs all workers, kills it at a seeded moment under load, starts it again on
// the same directory, compares what came back with what was acknowledged,
// completes what was in flight, goes on to the end and compares everything with
// the model. The last line is "N passed, N failed".

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createClient, RESP_TYPES } from '@redis/client';
import { Checks, count } from '../support/checks.mjs';
import { Server } from '../support/server.mjs';
import { Worker } from './node_redis_worker.mjs';
import * as recovery from './recovery.mjs';
import * as stream from './stream.mjs';

const EVERYSEC_MS = 1000; // the window that appendfsync everysec may lose

class EngineServer extends Server {
  // A client in RESP3 that reconnects by itself and never sends again what was
  // queued or in flight when its connection broke.
  client() {
    const socket = { host: '127.0.0.1', port: this.port, reconnectStrategy: () => 20 };
    const client = createClient({ RESP: 3, disableOfflineQueue: true, socket });
    return client.on('error', () => {});
  }
}

function* chunks(list, size) {
  for (let at = 0; at < list.length; at += size) yield list.slice(at, at + size);
}

// Everything the engine keeps, by the names of the model; zeros left out.
async function readState(client, shape) {
  const state = new Map();
  const counters = [];
  for (let post = 0; post < shape.posts; post++) counters.push(stream.scoreKey(post), stream.countKey(post));
  for (const names of chunks(counters, 1000)) {
    const values = await client.mGet(names);
    names.forEach((name, at) => state.set(name, Number(values[at] ?? 0)));
  }
  const windows = Array.from({ length: stream.WINDOWS }, (_, minute) => stream.windowKey(minute));
  for (const key of [stream.BOARD, ...windows]) {
    for (const { value, score } of await client.zRangeWithScores(key, 0, -1)) state.set(`${key}|${value}`, score);
  }
  for (const name of await scan(client, 'cooldown:*')) state.set(name, 1);
  for (const [name, value] of state) if (value === 0) state.delete(name);
  return state;
}

async function scan(client, pattern) {
  const names = new Set();
  for await (const keys of client.scanIterator({ MATCH: pattern, COUNT: 1000 })) {
    keys.forEach((name) => names.add(name));
  }
  return names;
}

// What --damage can do.
const damages = JSON.parse(readFileSync(new URL('damage.json', import.meta.url)));

class Run {
  static async create(options) {
    const run = new Run();
    run.options = options;
    run.shape = new stream.Shape(options.events, options.connections, options.seed);
    run.checks = new Checks();
    run.next = stream.generator(options.seed * 7919);
    run.done = new Array(run.shape.workers).fill(0);
    run.completed = run.done.map(() => new Set()); // batches whose replies were lost with the server
    run.server = await EngineServer.create(options.server, '--appendonly', 'yes', '--appendfsync', options.sync);
    return run;
  }

  random(low, high) {
    return low + (this.next() / 4294967296) * (high - low);
  }

  async run() {
    const began = performance.now();
    const { shape, server, checks } = this;
    await server.start();
    this.client = await server.client().connect();
    const clients = await Promise.all(this.done.map(() => server.client().connect()));
    this.workers = clients.map((client, number) => new Worker(shape, number, client));
    await this.introduce();
    let load = this.load();
    const total = this.done.reduce((sum, _, worker) => sum + shape.batchesOf(worker), 0);
    for (let number = 0; number < this.options.kills; number++) {
      const share = (number + this.random(0.3, 0.7)) / this.options.kills;
      if (!(await this.loadUntil(Math.floor(total * share), load))) {
        checks.that(false, 'kill under load', 'the load ended before the kill');
        break;
      }
      if (!(await this.killAndRecover(share, load))) return;
      load = this.load();
    }
    await load;
    const commands = this.workers.reduce((sum, worker) => sum + worker.commands, 0);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    console.log(`  load: ${count(shape.events)} events, ${count(commands)} commands in ${seconds} s, recovery included`);
    await this.compare(began);
  }

  async introduce() {
    const { events, workers, seed } = this.shape;
    const field = (text, name) => text.match(new RegExp(`^${name}:(.*?)\r?$`, 'm'))?.[1];
    const info = await this.client.info('server');
    const server = `${field(info, 'server_name') ?? 'redis'} ${field(info, 'redis_version')}`;
    const library = new URL('node_modules/@redis/client/package.json', import.meta.url);
    const { version } = JSON.parse(readFileSync(library));
    console.log(
      `virality engine: node-redis ${version}, server ${server}, ${count(events)} events, ` +
        `${workers} connections, seed ${seed}, sync ${this.options.sync}`,
    );
  }

  // Spoils the server's state on demand, to prove that the checks see it.
  async damage(when) {
    const row = damages.find(({ name }) => name === this.options.damage);
    if (row?.when !== when) return;
    for (const { kind, bot, human } of stream.events(this.shape, 0)) {
      if (kind !== stream.BOT_REPLY) continue;
      const cooldown = stream.cooldownKey(bot, human);
      await this.client.sendCommand(row.command.map((word) => (word === '@cooldown' ? cooldown : word)));
      return;
    }
  }

  load() {
    this.loading = true;
    const all = this.workers.map((worker, number) => worker.run(this.done[number]));
    return Promise.all(all).then(() => (this.loading = false));
  }

  // Waits until so many batches are acknowledged; false when they never will be.
  async loadUntil(batches) {
    const acknowledged = () => this.workers.reduce((sum, worker) => sum + worker.acknowledged, 0);
    while (acknowledged() < batches) {
      if (!this.loading) return false;
      await pause(1);
    }
    await pause(this.random(0, 20)); // somewhere within a batch, not just after one
    return this.loading;
  }

  // Resolves to whether it makes sense to go on.
  async killAndRecover(share, load) {
    const { server, checks, shape, workers } = this;
    this.killed = await server.kill();
    await load;
    const loading = await server.start();
    await Promise.all(workers.map(({ client }) => client.isReady || once(client, 'ready')));
    if (!this.client.isReady) await once(this.client, 'ready');
    await this.damage('restart');
    console.log(`  kill -9 after ${(share * 100).toFixed(1)}% of the load; serving again after ${loading.toFixed(2)} s`);
    const errors = workers.map((worker) => worker.error).filter(Boolean);
    checks.that(errors.length === 0, 'no error reply under load', `${errors.length} errors`, errors);

    const progress = (await this.client.mGet(workers.map((_, w) => stream.progressKey(w)))).map(Number);
    const wrong = workers
      .filter((worker, w) => progress[w] > Math.max(worker.sent.batch + 1, this.done[w]))
      .map((worker) => `worker ${worker.number}: ${progress[worker.number]} on the server`);
    checks.that(wrong.length === 0, 'no batch that was never sent', `${workers.length} workers`, wrong);
    const { state: base, torn: following } = stream.expected(shape, progress);
    const found = await readState(this.client, shape);
    const torn = progress.map((done, w) => following[w] && this.torn(done, following[w], workers[w]));
    const batches = torn.filter(Boolean);
    const problems = recovery.explain(base, found, batches);
    checks.that(problems.length === 0, 'state is a prefix of what was sent', `${count(found.size)} values`, problems);
    this.checkLoss(progress, torn);
    const cooldowns = [...found.keys()].filter((name) => name.startsWith('cooldown:'));
    await this.checkCooldowns(cooldowns, 'cooldowns kept their deadline', this.killed);
    if (checks.failed > 0) return false;
    await this.complete(recovery.completion(base, found, batches), progress, torn);
    return true;
  }

  // The batch after the last whole one, with what bounds are known.
  torn(done, following, { receipts, sent }) {
    const ends = [0];
    for (const phase of following.phases) ends.push(ends.at(-1) + phase.length);
    const effects = following.phases.flat();
    const high = sent.batch === done ? ends[sent.phase + 1] : sent.batch > done ? effects.length : 0;
    let low = 0;
    if (this.options.sync === 'always') {
      for (const { batch, phase } of receipts) {
        if (batch === done) low = ends[phase + 1];
        if (batch > done) low = effects.length;
      }
    }
    return Object.assign(new recovery.Torn(effects, Math.min(low, high), high), { ends });
  }

  // What was acknowledged and is gone: nothing with always, and with everysec
  // only what was acknowledged in the last second.
  checkLoss(progress, torn) {
    let lost = 0, acknowledged = 0, oldest = this.killed;
    this.workers.forEach(({ receipts }, w) => {
      const one = torn[w];
      for (const { batch, phase, moment } of receipts) {
        acknowledged++;
        const partly = batch === progress[w] && one && phase < 2 && one.high >= one.ends[phase + 1];
        if (batch < progress[w] || partly) continue;
        lost++;
        oldest = Math.min(oldest, moment);
      }
    });
    const age = this.killed - oldest;
    const good = this.options.sync === 'always' ? lost === 0 : age <= EVERYSEC_MS;
    const detail = `${lost} of ${count(acknowledged)} pipelines, the oldest ${(age / 1000).toFixed(3)} s before the kill`;
    this.checks.that(good, 'acknowledged and missing', detail);
    const sum = (value) => count(torn.filter(Boolean).reduce((total, one) => total + value(one), 0));
    const [applied, all, open] = [sum((o) => o.low), sum((o) => o.effects.length), sum((o) => o.high - o.low)];
    console.log(`        torn batches: ${applied} of ${all} effects applied, ${open} more or less`);
  }

  // Adds what is missing of the torn batches and sets where to go on.
  async complete(missing, progress, torn) {
    const pipeline = this.client.multi();
    for (const [name, delta] of missing) {
      const [key, of] = name.split('|');
      const expiration = { type: 'EX', value: stream.COOLDOWN_SECONDS };
      if (of !== undefined) pipeline.zIncrBy(key, delta, of);
      else if (key.startsWith('cooldown:')) pipeline.set(key, 1, { condition: 'NX', expiration });
      else pipeline.incrBy(key, delta);
    }
    progress.forEach((done, w) => {
      const { outcomes } = this.workers[w];
      for (const batch of this.completed[w]) if (batch >= done) this.completed[w].delete(batch);
      for (let batch = this.done[w]; batch < done; batch++) {
        if (!outcomes.has(batch)) this.completed[w].add(batch);
      }
      this.done[w] = done;
      if (torn[w]) {
        this.completed[w].add(done);
        this.done[w] = done + 1;
        pipeline.set(stream.progressKey(w), done + 1);
      }
    });
    await pipeline.execAsPipeline();
  }

  // Each cooldown has a deadline, and one set before the kill has no more left
  // than 600 s less the time since: a deadline counted anew at the restart shows
  // here. (20 ms for the two clocks.)
  async checkCooldowns(names, title, setBefore) {
    const wrong = [];
    let latest = 0;
    for (const part of chunks(names, 5000)) {
      let most = stream.COOLDOWN_SECONDS * 1000;
      if (setBefore !== undefined) most -= performance.now() - setBefore - 20;
      const pipeline = this.client.multi();
      part.forEach((name) => pipeline.pTTL(name));
      (await pipeline.execAsPipeline()).forEach((left, at) => {
        latest = Math.max(latest, left);
        if (left <= 0 || left > most) wrong.push(`${part[at]}: PTTL ${left}, at most ${most} expected`);
      });
    }
    this.checks.that(wrong.length === 0, title, `${count(names.length)} with 0 < PTTL <= ${count(latest)} ms`, wrong);
  }

  // The end: everything on the server against the model.
  async compare(began) {
    const { checks, shape, client, workers } = this;
    await this.damage('end');
    const errors = workers.map((worker) => worker.error).filter(Boolean);
    checks.that(errors.length === 0, 'no error reply under load', `${errors.length} errors`, errors);
    const { state: wanted, outcomes } = stream.expected(shape);
    this.compareOutcomes(outcomes);
    for (const [name, value] of wanted) if (value === 0) wanted.delete(name);
    const found = await readState(client, shape);
    const groups = [
      ['scores of posts', /^post:.*:virality_score$/], ['bot replies of posts', /^post:.*:bot_count$/],
      ['cooldowns', /^cooldown:/], ['board', /^trending\|/], ['minute windows', /^trending:minute:/],
    ];
    for (const [title, pattern] of groups) {
      const pick = (state) => new Map([...state].filter(([name]) => pattern.test(name)));
      checks.equal(pick(found), pick(wanted), title, 'values');
    }
    const cooldowns = [...wanted.keys()].filter((name) => name.startsWith('cooldown:'));
    await this.checkCooldowns(cooldowns, 'cooldowns have a deadline');
    const seconds = (performance.now() - began) / 1000;
    checks.that(seconds < stream.COOLDOWN_SECONDS, 'no cooldown ran out during the run', `${seconds.toFixed(0)} s`);
    await this.compareBoards(wanted);
    const keys = new Set([...wanted.keys()].map((name) => name.split('|')[0]));
    workers.forEach((_, w) => keys.add(stream.progressKey(w)));
    keys.add(stream.MERGED);
    const there = await scan(client, '*');
    const odd = [...keys].filter((k) => !there.has(k)).concat([...there].filter((k) => !keys.has(k)));
    const good = odd.length === 0 && (await client.dbSize()) === keys.size;
    checks.that(good, 'no key missing, none too many', `${count(keys.size)} keys`, odd);
  }

  // What the server told each worker against the model, batch by batch.
  compareOutcomes(outcomes) {
    const told = new Map(), modelled = new Map(), sums = [0, 0, 0];
    outcomes.forEach((mine, w) => {
      mine.forEach((outcome, batch) => {
        outcome.forEach((number, at) => (sums[at] += number));
        if (!this.completed[w].has(batch)) modelled.set(`worker ${w}, batch ${batch}`, outcome);
      });
      for (const [batch, outcome] of this.workers[w].outcomes) {
        if (!this.completed[w].has(batch)) told.set(`worker ${w}, batch ${batch}`, outcome);
      }
    });
    this.checks.equal(told, modelled, 'outcomes told to the workers', 'batches');
    const [accepted, cooled, capped] = sums.map(count);
    console.log(`        bot replies: ${accepted} accepted, ${cooled} refused by a cooldown, ${capped} by the limit`);
  }

  async compareBoards(wanted) {
    const { client, checks } = this;
    const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
    // Scores as text: the library's own decoder of RESP3 doubles rounds fractions.
    const exact = { typeMapping: { [RESP_TYPES.DOUBLE]: String } };
    const whole = async (key) => {
      const pairs = await client.sendCommand(['ZREVRANGE', key, '0', '-1', 'WITHSCORES'], exact);
      return pairs.map(([name, score]) => [name, Number(score)]);
    };
    const board = stream.sortedSet(wanted, stream.BOARD);
    checks.that(same(await whole(stream.BOARD), board), 'board in order of rank', `${count(board.length)} posts`);
    const pipeline = client.multi();
    board.forEach(([name]) => pipeline.zRevRank(stream.BOARD, name));
    const ranks = await pipeline.execAsPipeline();
    checks.that(same(ranks, board.map((_, at) => at)), 'rank of each post', `${count(board.length)} ranks`);
    const merged = stream.mergedWindows(wanted);
    const windows = stream.WEIGHTS.map((weight, age) => ({ key: stream.windowKey(stream.WINDOWS - 1 - age), weight }));
    const stored = await client.zUnionStore(stream.MERGED, windows);
    const good = stored === merged.length && same(await whole(stream.MERGED), merged);
    checks.that(good, 'weighted union of the windows', `${count(merged.length)} posts`);
    merged.slice(0, 3).forEach(([name, score], at) => {
      console.log(`        trending ${at + 1}: ${name} with ${score.toPrecision(6)} points`);
    });
  }

  async close() {
    for (const { client } of this.workers ?? []) if (client.isOpen) client.destroy();
    if (this.client?.isOpen) this.client.destroy();
    await this.server.close();
  }
}

function options() {
  const text = (value) => ({ type: 'string', default: value });
  const { values } = parseArgs({
    options: {
      server: { type: 'string' }, events: text('1000000'), connections: text('32'), seed: text('1'),
      damage: text('none'), sync: text('always'), kills: text('1'), 'no-kill': { type: 'boolean', default: false },
    },
  });
  if (!values.server || !['always', 'everysec'].includes(values.sync)) {
    console.error('usage: --server COMMAND [--events N] [--connections N] [--seed N] [--sync always|everysec] [--kills N] [--no-kill]');
    process.exit(2);
  }
  for (const name of ['events', 'connections', 'seed', 'kills']) values[name] = Number(values[name]);
  if (values['no-kill']) values.kills = 0;
  return values;
}

const run = await Run.create(options());
try {
  await run.run();
} finally {
  await run.close();
}
console.log(run.checks.summary());
process.exitCode = run.checks.failed ? 1 : 0;
