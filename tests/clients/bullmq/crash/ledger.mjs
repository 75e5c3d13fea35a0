// SPDX-License-Identifier: BSD-3-Clause
// What the worker processes did, by their own word: when each execution of a job
// began, and when the server acknowledged its end. With the moments at which the
// server or a worker was killed this bounds how often a job may have been done.

const NOTICE_MS = 250;

export class Ledger {
  executions = new Map(); // job id -> [{pid, began, ended}]
  kills = []; // {from, to}: what was in hand then may be done again
  deaths = new Set(); // pids of killed workers
  losses = new Map(); // pid -> moments at which a worker found its connection gone
  finished = 0; // ends acknowledged

  // What was acknowledged within so many ms before a kill may be lost with it.
  constructor(windowMs) {
    this.windowMs = windowMs;
  }

  hear({ kind, id, at }, pid) {
    if (kind === 'began') {
      if (!this.executions.has(id)) this.executions.set(id, []);
      this.executions.get(id).push({ pid, began: at, ended: Infinity });
    } else if (kind === 'disconnected') {
      this.losses.set(pid, [...(this.losses.get(pid) ?? []), at]);
    } else if (kind === 'ended') {
      this.finished++;
      const open = this.executions.get(id).findLast((one) => one.pid === pid && one.ended === Infinity);
      if (open) open.ended = at;
    }
  }

  serverDied(from, to) {
    this.kills.push({ from, to });
  }

  workerDied(pid) {
    this.deaths.add(pid);
  }

  // A worker that was not let run may find what the dead server told it when the next one serves already:
  // until it notices the loss, and a moment longer, it begins jobs of before the kill.
  overAt(pid, { from, to }) {
    const noticed = this.losses.get(pid)?.find((at) => at >= from) ?? to;
    return Math.max(to, noticed + NOTICE_MS);
  }

  // How many executions of a job could not be known to be over.
  interrupted(id) {
    const mine = this.executions.get(id) ?? [];
    const lost = ({ pid, began, ended }) =>
      this.kills.some((kill) => began <= this.overAt(pid, kill) && ended >= kill.from - this.windowMs);
    const orphaned = ({ pid, ended }) => this.deaths.has(pid) && ended === Infinity;
    return mine.filter((one) => lost(one) || orphaned(one)).length;
  }

  count(id) {
    return this.executions.get(id)?.length ?? 0;
  }
}
