// SPDX-License-Identifier: BSD-3-Clause
// The Redis client that BullMQ talks through: ioredis 5, which speaks RESP2, or
// ioredis 6, which opens with HELLO 3 and needs Node 20.

import { createIORedisClient, RedisConnection } from 'bullmq';

// By name: the version of the protocol that the driver speaks.
export const PROTOCOLS = { ioredis: '2', 'ioredis-6': '3' };
export const DRIVERS = Object.keys(PROTOCOLS);

// Makes all that BullMQ opens in this process use the driver. Resolves to its class.
export async function useDriver(name) {
  const { default: Redis } = await import(name);
  RedisConnection.clientFactory = (options) => createIORedisClient(new Redis(options));
  return Redis;
}

// Connection options under which a command waits for the server to come back.
export function connectionTo(port) {
  return { host: '127.0.0.1', port, maxRetriesPerRequest: null, retryStrategy: () => 50 };
}
