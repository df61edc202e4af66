import type { Bus } from '../bus.ts';
import { SignalError } from '@signal/contracts';
import { infoField } from './check-server.ts';
import { connectionTo, nodeOf } from './redis-nodes.ts';

/**
 * Which history of writes the server that holds a key has, and whose it held before. A server that takes over another's data begins a
 * history of its own and remembers that one: a replica that was promoted, or a server started again from a snapshot file. One that was
 * started again from its append-only file remembers none.
 */
export type ServerHistory = Readonly<{ id: string; before: string }>;

/** Asks the server that holds a key for its history. */
export async function historyAt(bus: Bus, key: string): Promise<ServerHistory> {
  const server = connectionTo(bus.redis, nodeOf(bus.redis, key) ?? '');
  if (server === undefined) throw new SignalError('redis_failed', `no node of the cluster is known to hold ${key}`);
  const info = await server.info('replication');
  return { id: infoField(info, 'master_replid'), before: infoField(info, 'master_replid2') };
}
