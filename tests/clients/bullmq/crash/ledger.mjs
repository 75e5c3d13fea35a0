// SPDX-License-Identifier: BSD-3-Clause
// What the worker processes did, by their own word: when each execution of a job
// began, and when the server acknowledged its end. With the moments at which the
// server or a worker was killed this bounds how often a job may have been done.

export class Ledger {
  executions = new Map(); // job id -> [{pid, began, ended}]
  kills = []; // {from, to}: what was in hand then may be done again
  deaths = new Set(); // pids of killed workers
  finished = 0; // ends acknowledged

  // What was acknowledged within so many ms before a kill may be lost with it.
  constructor(windowMs) {
    this.windowMs = windowMs;
  }

  hear({ kind, id, at }, pid) {
    if (kind === 'began') {
      if (!this.executions.has(id)) this.executions.set(id, []);
      this.executions.get(id).push({ pid, began: at, ended: Infinity });
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

  // How many executions of a job could not be known to be over.
  interrupted(id) {
    const mine = this.executions.get(id) ?? [];
    const lost = ({ began, ended }) => this.kills.some(({ from, to }) => began <= to && ended >= from - this.windowMs);
    const orphaned = ({ pid, ended }) => this.deaths.has(pid) && ended === Infinity;
    return mine.filter((one) => lost(one) || orphaned(one)).length;
  }

  count(id) {
    return this.executions.get(id)?.length ?? 0;
  }
}
