import { type Keys, createKeys, checkPartitionCount, SLOTS } from '@signal/contracts';
import { calm, type Clock, type Logger, type Metrics, type Pressure } from '@signal/kernel';
import type { Redis } from 'ioredis';
import { checkServer } from './redis/check-server.ts';
import type { Sayer } from './redis/connect-redis.ts';
import type { RedisClient } from './redis/redis-client.ts';
import { findNodes } from './redis/redis-nodes.ts';
import { createReplicaWait, type ReplicaWait } from './redis/replica-wait.ts';

/** What a process tells its bus. `metrics` may be absent in tests and commands. */
export type BusOptions = Readonly<{
  redisUrl: string;
  namespace: string;
  partitions: number;
  member: string;
  leaseTtlMs: number;
  /** Replicas that must hold what ingest and pushes write before it counts as acknowledged; default 0. */
  waitReplicas?: number;
  log: Logger;
  clock: Clock;
  metrics?: Metrics;
  /** Absent in tests and commands: never under pressure. */
  pressure?: Pressure;
}>;

/** A process's door to Redis. It owns its connections and closes them. */
export interface Bus {
  /** Client for commands, of one server or of a cluster. A call names keys of one slot only. Blocking reads take a connection of their own. */
  readonly redis: RedisClient;
  /** Client for large replies and snapshots, with a longer deadline: a renewal of leases or a commit must not wait behind them. */
  readonly bulk: RedisClient;
  readonly keys: Keys;
  readonly partitions: number;
  /** Slots that hold at least one partition of this deployment. */
  readonly slots: number;
  readonly member: string;
  readonly leaseTtlMs: number;
  readonly log: Logger;
  readonly clock: Clock;
  readonly metrics: Metrics | undefined;
  readonly pressure: Pressure;
  readonly isCluster: boolean;
  readonly replicas: ReplicaWait;
  /** Opens a client of its own, for subscriptions or large reads. The bus closes it at the end if its user did not. */
  connect(name: string, commandTimeoutMs?: number): RedisClient;
  /** Opens a plain connection to one node, for blocking reads. In a cluster it ends when it breaks. */
  connectTo(node: string, name: string, say?: Sayer): Redis;
  close(): Promise<void>;
}

const BULK_TIMEOUT_MS = 5_000;

/** Connects to Redis and returns the bus, or throws `backend_failed` when the server is too old or may evict keys. */
export async function createBus(options: BusOptions): Promise<Bus> {
  const partitions = checkPartitionCount(options.partitions);
  const optionsOf = (name: string) => ({ name: `${options.member}:${name}`, log: options.log });
  const nodes = await findNodes(options.redisUrl, optionsOf('first'));
  const open = new Set<RedisClient>();
  const own = <C extends RedisClient>(client: C): C => {
    open.add(client);
    client.once('end', () => open.delete(client));
    return client;
  };
  const connect = (name: string, commandTimeoutMs?: number): RedisClient =>
    own(nodes.connect({ ...optionsOf(name), ...(commandTimeoutMs === undefined ? {} : { commandTimeoutMs }) }));
  const redis = connect('commands');
  let bulk: RedisClient | undefined;
  const bus: Bus = {
    redis,
    get bulk() {
      // Opened by the first who needs it: a tool or the gateway restores nothing.
      bulk ??= connect('bulk', BULK_TIMEOUT_MS);
      return bulk;
    },
    keys: createKeys(options.namespace),
    partitions,
    slots: Math.min(SLOTS, partitions),
    member: options.member,
    leaseTtlMs: options.leaseTtlMs,
    log: options.log,
    clock: options.clock,
    metrics: options.metrics,
    pressure: options.pressure ?? calm,
    isCluster: nodes.isCluster,
    replicas: createReplicaWait(redis, { wanted: options.waitReplicas ?? 0, log: options.log }),
    connect,
    connectTo: (node, name, say) => own(nodes.connectTo(node, { ...optionsOf(name), ...(say === undefined ? {} : { say }) })),
    close: async () => {
      for (const connection of open) connection.disconnect();
      open.clear();
    },
  };
  try {
    await checkServer(redis, options.log);
  } catch (error) {
    await bus.close();
    throw error;
  }
  return bus;
}
