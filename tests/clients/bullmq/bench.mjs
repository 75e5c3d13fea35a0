// SPDX-License-Identifier: BSD-3-Clause
// What a scenario works with: queues, workers, listeners and worker processes on
// one server, opened by name and all closed at its end. Whatever they report as
// an error is kept in `errors`. Nothing here judges by the clock: `until` waits
// for a condition, and its patience only bounds how long a failure takes.

import { FlowProducer, Queue, QueueEvents, Worker } from 'bullmq';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { connectionTo } from './driver.mjs';

const PATIENCE_MS = 60_000;
export const BROKEN_CONNECTION = /ECONNREFUSED|ECONNRESET|EPIPE|Connection is closed|connection close/;

export async function until(condition, what, patienceMs = PATIENCE_MS) {
  const began = performance.now();
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (performance.now() - began > patienceMs) throw new Error(`waited ${patienceMs / 1000} s in vain: ${what}`);
    await pause(10);
  }
}

export class Bench {
  errors = [];
  opened = [];
  processes = [];

  constructor(port, driver, Redis, checks) {
    Object.assign(this, { port, driver, Redis, checks });
  }

  get connection() {
    return connectionTo(this.port);
  }

  keep(thing) {
    this.opened.push(thing);
    return thing.on('error', (error) => this.errors.push(error));
  }

  queue(name, options = {}) {
    return this.keep(new Queue(name, { connection: this.connection, ...options }));
  }

  flows() {
    return this.keep(new FlowProducer({ connection: this.connection }));
  }

  async events(name) {
    const events = this.keep(new QueueEvents(name, { connection: this.connection, lastEventId: '0' }));
    await events.waitUntilReady();
    return events;
  }

  async worker(name, processor, options = {}) {
    const worker = this.keep(new Worker(name, processor, { connection: this.connection, ...options }));
    await worker.waitUntilReady();
    return worker;
  }

  // A client of the scenario's own, beside what BullMQ opens.
  redis() {
    const client = this.keep(new this.Redis(this.connection));
    client.close = () => client.disconnect();
    return client;
  }

  // A worker in a process of its own; `job` is the name of what it does, in
  // worker_process.mjs. Resolves when it is connected.
  async process(queue, job, options, onMessage = () => {}) {
    const config = JSON.stringify({ port: this.port, driver: this.driver, queue, job, options });
    const child = fork(new URL('worker_process.mjs', import.meta.url), [config]);
    this.processes.push(child);
    child.ended = once(child, 'exit');
    child.on('message', (message) => {
      if (message.kind === 'error') this.errors.push(new Error(message.text));
      else if (message.kind !== 'ready') onMessage(message, child);
    });
    const ready = new Promise((resolve) => child.on('message', ({ kind }) => kind === 'ready' && resolve(child)));
    const ended = child.ended.then((how) => Promise.reject(new Error(`a worker process ended with ${how}`)));
    return Promise.race([ready, ended]);
  }

  // Errors other than those of a connection that broke.
  unexpectedErrors() {
    return this.errors.map(describe).filter((text) => !BROKEN_CONNECTION.test(text));
  }

  async close() {
    for (const child of this.processes) {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await child.ended;
    }
    // Workers first, so that nothing is left active; a server that is gone must not hold us up.
    const closing = Promise.allSettled(this.opened.reverse().map((thing) => thing.close(true)));
    await Promise.race([closing, pause(5000, undefined, { ref: false })]);
  }
}

// An error in one line, with the command that a server refused.
export function describe(error) {
  const words = error.command ? [error.command.name, ...(error.command.args ?? [])] : [];
  const command = words.map((word) => `${word}`.slice(0, 60).replace(/\s+/g, ' ')).join(' ');
  return `${error.message}${command && ` [${command.slice(0, 400)}]`}`;
}
