// SPDX-License-Identifier: BSD-3-Clause
// Spoils the queue of a crash run behind its back, one row of damage.json at a
// time, to prove that its checks can fail: ../../support/damage_test runs it.

import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

const rows = JSON.parse(readFileSync(new URL('damage.json', import.meta.url)));

export const damages = ['none', ...rows.map(({ name }) => name)];

// Sends the row's commands if this is its moment: 'restart' or 'end'.
export async function spoil(name, moment, { queue, redis, jobs }) {
  const row = rows.find((one) => one.name === name);
  if (row?.when !== moment) return;
  // What is done right after a kill counts as in hand when it came.
  await setTimeout(row.afterMs ?? 0);
  const id = jobs[0].opts.jobId;
  const words = { '@id': id, '@job': queue.toKey(id), '@lock': `${queue.toKey(id)}:lock` };
  for (const key of ['wait', 'marker', 'events']) words[`@${key}`] = queue.toKey(key);
  for (const command of row.commands) await redis.call(...command.map((word) => words[word] ?? word));
}
