import { Redis } from 'ioredis';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { RedisClient } from './redis-client.ts';

/** Longest that a command waits for others: what has been held back so long goes out before the next one is made. */
const MAX_HELD_MS = 1;

const heldSinceMs = new WeakMap<Socket, number>();

const release = (socket: Socket): void => {
  if (heldSinceMs.delete(socket)) socket.uncork();
};

/**
 * Holds the commands that follow back until the loop's turn ends, so that those of all slots leave in one write. A write wakes the
 * server, and each waking costs it and us about as much as committing forty ticks.
 */
export function gatherWrites(redis: RedisClient): void {
  const socket = redis instanceof Redis ? (redis.stream as Socket | undefined) : undefined;
  if (socket === undefined) return;
  const sinceMs = heldSinceMs.get(socket);
  if (sinceMs !== undefined) {
    if (performance.now() - sinceMs > MAX_HELD_MS) release(socket);
    return;
  }
  heldSinceMs.set(socket, performance.now());
  socket.cork();
  setImmediate(release, socket);
}
