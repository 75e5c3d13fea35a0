// SPDX-License-Identifier: BSD-3-Clause
// The deterministic stream of events and the model of what they must lead to:
// stream.py in JavaScript, where the reasons are given. Equal options give equal
// events in both, so each client's model is a second opinion on the other's.

export const BOT_REPLY = 0, LIKE = 1, COMMENT = 2;
export const POINTS = [1, 20, 50];
export const BOT_REPLIES_PER_POST = 100;
export const COOLDOWN_SECONDS = 600;
export const BOTS = 40;
export const WINDOWS = 10;
export const BATCH = 200;
export const BOARD = 'trending';
export const MERGED = 'trending:merged';
export const WEIGHTS = Array.from({ length: WINDOWS }, (_, age) => 0.5 ** age);

export class Shape {
  constructor(events, workers, seed) {
    Object.assign(this, { events, workers, seed });
    this.postsPerWorker = Math.max(2, Math.floor(Math.floor(events / workers) / 488));
    this.humansPerWorker = Math.max(4, Math.floor(Math.floor(events / workers) / 156));
    this.posts = this.postsPerWorker * workers;
  }

  eventsOf(worker) {
    return Math.floor(this.events / this.workers) + (worker < this.events % this.workers ? 1 : 0);
  }

  batchesOf(worker) {
    return Math.ceil(this.eventsOf(worker) / BATCH);
  }
}

export const scoreKey = (post) => `post:${post}:virality_score`;
export const countKey = (post) => `post:${post}:bot_count`;
export const cooldownKey = (bot, human) => `cooldown:bot_${bot}:human_${human}`;
export const windowKey = (minute) => `trending:minute:${minute}`;
export const member = (post) => `post:${post}`;
export const progressKey = (worker) => `worker:${worker}:batches`;

// xorshift32: a function that returns the next unsigned draw.
export function generator(seed) {
  let x = seed >>> 0 || 1;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>>= 0);
  };
}

// floor(draw * draw * n / 2^32): popular numbers are low.
const skewed = (draw, n) => Math.floor((draw * draw * n) / 4294967296);

// Yields {kind, post, minute, bot, human} of one worker, in order.
export function* events(shape, worker) {
  const next = generator(Math.imul(shape.seed, 2654435761 | 0) + (worker + 1) * 40503);
  const total = shape.eventsOf(worker);
  for (let i = 0; i < total; i++) {
    const a = next(), b = next();
    const kind = a % 10, draw = b & 0xffff, minute = Math.floor((i * WINDOWS) / total);
    if (kind < 6) {
      const post = skewed(draw, shape.postsPerWorker) * shape.workers + worker;
      const human = ((b >>> 16) % shape.humansPerWorker) * shape.workers + worker;
      yield { kind: BOT_REPLY, post, minute, bot: (a >>> 8) % BOTS, human };
    } else {
      yield { kind: kind < 9 ? LIKE : COMMENT, post: skewed(draw, shape.posts), minute };
    }
  }
}

// Yields the worker's events in arrays of BATCH.
export function* batches(shape, worker) {
  let batch = [];
  for (const event of events(shape, worker)) {
    batch.push(event);
    if (batch.length === BATCH) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

// The effects of one accepted event: [name, delta] of post, board and minute window.
function points({ kind, post, minute }) {
  return [
    [scoreKey(post), POINTS[kind]],
    [`${BOARD}|${member(post)}`, POINTS[kind]],
    [`${windowKey(minute)}|${member(post)}`, POINTS[kind]],
  ];
}

// What one worker's events do, one event at a time.
class Model {
  cooldowns = new Set();
  counts = new Map();

  // Returns the effects of a batch, by pipeline, and its outcome:
  // [accepted, refused by a cooldown, refused by the limit].
  batch(batch) {
    const phases = [[], [], []];
    const outcome = [0, 0, 0];
    for (const event of batch) {
      if (event.kind !== BOT_REPLY) {
        phases[0].push(...points(event));
        continue;
      }
      const pair = cooldownKey(event.bot, event.human);
      if (this.cooldowns.has(pair)) {
        outcome[1]++;
        continue;
      }
      this.cooldowns.add(pair);
      const key = countKey(event.post), count = this.counts.get(key) ?? 0;
      phases[0].push([pair, 1]);
      phases[1].push([key, 1]);
      if (count === BOT_REPLIES_PER_POST) {
        outcome[2]++;
        phases[2].push([key, -1]);
      } else {
        outcome[0]++;
        this.counts.set(key, count + 1);
        phases[2].push(...points(event));
      }
    }
    return { phases, outcome };
  }
}

export const add = (state, name, delta) => state.set(name, (state.get(name) ?? 0) + delta);

// The state after the first done[w] batches of each worker w (all, when not
// given): {state: Map, outcomes[w][batch], torn[w]: the batch that follows or undefined}.
export function expected(shape, done) {
  const state = new Map(), outcomes = [], torn = [];
  for (let worker = 0; worker < shape.workers; worker++) {
    const model = new Model(), mine = [];
    const limit = done ? done[worker] : Infinity;
    for (const batch of batches(shape, worker)) {
      const following = model.batch(batch);
      if (mine.length === limit) {
        torn[worker] = following;
        break;
      }
      mine.push(following.outcome);
      for (const phase of following.phases) {
        for (const [name, delta] of phase) add(state, name, delta);
      }
    }
    outcomes.push(mine);
  }
  return { state, outcomes, torn };
}

const byRank = ([a, x], [b, y]) => y - x || (a < b ? 1 : -1);

// The members of one sorted set of a state, as ZREVRANGE orders them.
export function sortedSet(state, key) {
  const pairs = [];
  for (const [name, value] of state) {
    if (name.startsWith(key + '|')) pairs.push([name.slice(key.length + 1), value]);
  }
  return pairs.sort(byRank);
}

// What ZUNIONSTORE with WEIGHTS makes of the minute windows, newest first.
export function mergedWindows(state) {
  const total = new Map();
  WEIGHTS.forEach((weight, age) => {
    for (const [post, value] of sortedSet(state, windowKey(WINDOWS - 1 - age))) {
      add(total, post, value * weight);
    }
  });
  return [...total].sort(byRank);
}
