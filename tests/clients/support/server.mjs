// SPDX-License-Identifier: BSD-3-Clause
// The server under test as a child process: started, killed, started again. It
// gets a free port of 127.0.0.1, a directory that outlives the kill, and a
// process group of its own, so that SIGKILL also reaches it behind a wrapper.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

export class Server {
  static async create(command, ...options) {
    const server = new this();
    server.port = await freePort();
    server.directory = mkdtempSync(join(tmpdir(), 'sorrel-clients-'));
    server.output = join(server.directory, 'server.out');
    server.command = command.split(/\s+/).filter(Boolean);
    server.command.push('--port', `${server.port}`, '--bind', '127.0.0.1');
    server.command.push('--dir', server.directory, '--save', '', ...options);
    return server;
  }

  // Resolves to the seconds until it served, its log loaded.
  async start(patienceMs = 120_000) {
    const began = performance.now();
    const output = openSync(this.output, 'a');
    const [program, ...options] = this.command;
    this.process = spawn(program, options, { stdio: ['ignore', output, output], detached: true });
    this.ended = once(this.process, 'exit');
    closeSync(output);
    while (!(await this.answers())) {
      if (this.process.exitCode !== null || performance.now() - began > patienceMs) {
        throw new Error('the server does not serve:\n' + readFileSync(this.output, 'utf8').slice(-2000));
      }
      await pause(10);
    }
    return (performance.now() - began) / 1000;
  }

  // Whether a PING is answered. Needs no client library, so that all can use it.
  answers() {
    return new Promise((resolve) => {
      const socket = connect(this.port, '127.0.0.1', () => socket.write('PING\r\n'));
      const end = (good) => {
        socket.destroy();
        resolve(good);
      };
      socket.once('data', (reply) => end(reply.toString() === '+PONG\r\n'));
      socket.once('error', () => end(false)).once('end', () => end(false));
    });
  }

  // SIGKILL. Resolves to the moment just before it.
  async kill() {
    const moment = performance.now();
    process.kill(-this.process.pid, 'SIGKILL');
    await this.ended;
    return moment;
  }

  async close() {
    const running = this.process?.pid && this.process.exitCode === null && this.process.signalCode === null;
    if (running) await this.kill();
    rmSync(this.directory, { recursive: true });
  }
}
