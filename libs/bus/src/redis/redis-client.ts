import type { ChainableCommander, Cluster, RedisCommander } from 'ioredis';

/** A client for commands, of one server or of a cluster. A call with several keys names keys of one slot only. */
export interface RedisClient extends RedisCommander<{ type: 'default'; mapping: 'resp2' }> {
  defineCommand(name: string, definition: Readonly<{ lua: string }>): void;
  /** Collects commands for one round trip; in a cluster all their keys are in one slot. */
  pipeline(): ChainableCommander;
  /** Collects commands that are executed together; their keys are in one slot. */
  multi(): ChainableCommander;
  disconnect(): void;
  on(event: 'message', listener: (channel: string, message: string) => void): unknown;
  on(event: 'ready' | 'close' | 'end', listener: () => void): unknown;
  once(event: 'ready' | 'close' | 'end', listener: () => void): unknown;
}

/** Tells whether a client speaks to a cluster. */
export function isCluster(client: RedisClient): client is Cluster {
  return 'isCluster' in client && client.isCluster === true;
}
