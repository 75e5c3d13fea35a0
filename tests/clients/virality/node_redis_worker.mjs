// SPDX-License-Identifier: BSD-3-Clause
// One worker: a connection that takes its events batch by batch and acts on
// what the server answers, never on the model. Claim cooldowns and book the
// humans' points; count the bot replies that passed; take the points of those
// within the limit or undo the count. Each step is one pipeline. When the
// connection breaks it stops; its fields then say how far it was.

import * as stream from './stream.mjs';

export class Worker {
  outcomes = new Map(); // batch -> [accepted, cooled, capped]
  receipts = []; // {batch, phase, moment of the last reply}
  sent = { batch: -1, phase: -1 };
  acknowledged = 0;
  commands = 0;
  error = null;

  constructor(shape, number, client) {
    Object.assign(this, { shape, number, client });
  }

  // Runs from batch number start to the end, or until the server is gone.
  async run(start) {
    this.receipts = [];
    this.sent = { batch: -1, phase: -1 };
    for (const batch of this.outcomes.keys()) if (batch >= start) this.outcomes.delete(batch);
    this.broken = false;
    const note = () => (this.broken = true);
    this.client.once('error', note);
    try {
      let number = 0;
      for (const batch of stream.batches(this.shape, this.number)) {
        if (number >= start) {
          this.outcomes.set(number, await this.batch(number, batch));
          this.acknowledged = number + 1;
        }
        number++;
      }
    } catch (error) {
      if (!this.broken) this.error = `worker ${this.number}: ${error}`;
    } finally {
      this.client.off('error', note);
    }
  }

  async send(pipeline, length, batch, phase) {
    // The library would keep a pipeline until it is connected again; this one
    // belongs to the broken connection.
    if (this.broken || !this.client.isReady) {
      this.broken = true;
      throw new Error('not connected');
    }
    this.commands += length;
    this.sent = { batch, phase };
    const replies = await pipeline.execAsPipeline();
    this.receipts.push({ batch, phase, moment: performance.now() });
    return replies;
  }

  async batch(number, batch) {
    const passed = await this.claim(number, batch);
    let pipeline = this.client.multi();
    for (const { post } of passed) pipeline.incr(stream.countKey(post));
    const counts = await this.send(pipeline, passed.length, number, 1);

    pipeline = this.client.multi();
    let accepted = 0;
    passed.forEach((event, at) => {
      if (counts[at] > stream.BOT_REPLIES_PER_POST) {
        pipeline.decr(stream.countKey(event.post));
      } else {
        accepted++;
        this.addPoints(pipeline, event);
      }
    });
    pipeline.addCommand(['ZREVRANGE', stream.BOARD, '0', '9', 'WITHSCORES']);
    pipeline.zRevRank(stream.BOARD, stream.member(batch[0].post));
    pipeline.set(stream.progressKey(this.number), number + 1);
    const length = accepted * 3 + (passed.length - accepted) + 3;
    const replies = await this.send(pipeline, length, number, 2);
    this.lookAtBoard(...replies.slice(-3));
    const bots = batch.filter((event) => event.kind === stream.BOT_REPLY).length;
    return [accepted, bots - passed.length, passed.length - accepted];
  }

  // Books likes and comments and claims the cooldowns of bot replies. Resolves
  // to the bot replies that got theirs.
  async claim(number, batch) {
    const pipeline = this.client.multi(), claims = [];
    let length = 0;
    for (const event of batch) {
      if (event.kind === stream.BOT_REPLY) {
        claims.push([length++, event]);
        const expiration = { type: 'EX', value: stream.COOLDOWN_SECONDS };
        pipeline.set(stream.cooldownKey(event.bot, event.human), 1, { condition: 'NX', expiration });
      } else {
        this.addPoints(pipeline, event);
        length += 3;
      }
    }
    const replies = await this.send(pipeline, length, number, 0);
    return claims.filter(([at]) => replies[at] === 'OK').map(([, event]) => event);
  }

  addPoints(pipeline, { kind, post, minute }) {
    const gained = stream.POINTS[kind], name = stream.member(post);
    pipeline.incrBy(stream.scoreKey(post), gained);
    pipeline.zIncrBy(stream.BOARD, gained, name);
    pipeline.zIncrBy(stream.windowKey(minute), gained, name);
  }

  lookAtBoard(top, rank) {
    const ordered = top.every(([, score], at) => at === 0 || top[at - 1][1] >= score);
    if (!ordered || top.length < 1 || top.length > 10 || !(rank === null || rank >= 0)) {
      throw new Error(`the live board is out of order: ${JSON.stringify(top)}, rank ${rank}`);
    }
  }
}
