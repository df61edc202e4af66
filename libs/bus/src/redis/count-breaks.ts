import { isCluster, type RedisClient } from './redis-client.ts';

/**
 * Returns a counter of how often a client lost a connection, in a cluster one to any node. What was read before may be gone from the
 * server since: who keeps it elsewhere compares again when the count has changed.
 */
export function countBreaks(client: RedisClient): () => number {
  let breaks = 0;
  const broke = (): void => {
    breaks += 1;
  };
  if (isCluster(client)) client.on('-node', broke);
  else client.on('close', broke);
  return () => breaks;
}
