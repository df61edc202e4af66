import { type Keys, createKeys, checkPartitionCount, SLOTS } from '@signal/contracts';
import { calm, type Clock, type Logger, type Metrics, type Pressure } from '@signal/kernel';
import type { Redis } from 'ioredis';
import { checkServer } from './redis/check-server.ts';
import { connectRedis } from './redis/connect-redis.ts';

/** What a process tells its bus. `metrics` may be absent in tests and commands. */
export type BusOptions = Readonly<{
  redisUrl: string;
  namespace: string;
  partitions: number;
  member: string;
  leaseTtlMs: number;
  log: Logger;
  clock: Clock;
  metrics?: Metrics;
  /** Absent in tests and commands: never under pressure. */
  pressure?: Pressure;
}>;

/** A process's door to Redis. It owns its connections and closes them. */
export interface Bus {
  /** Connection for commands. Blocking reads take one of their own by `connect`, or every command would wait behind them. */
  readonly redis: Redis;
  /** Connection for large replies and snapshots, with a longer deadline: a renewal of leases or a commit must not wait behind them. */
  readonly bulk: Redis;
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
  /** Opens a connection of its own, for blocking reads or subscriptions. The bus closes it at the end if its user did not. */
  connect(name: string, commandTimeoutMs?: number): Redis;
  close(): Promise<void>;
}

const BULK_TIMEOUT_MS = 5_000;

/** Connects to Redis and returns the bus, or throws `backend_failed` when the server is too old or may evict keys. */
export async function createBus(options: BusOptions): Promise<Bus> {
  const partitions = checkPartitionCount(options.partitions);
  const open = new Set<Redis>();
  const connect = (name: string, commandTimeoutMs?: number): Redis => {
    const deadline = commandTimeoutMs === undefined ? {} : { commandTimeoutMs };
    const connection = connectRedis(options.redisUrl, { name: `${options.member}:${name}`, log: options.log, ...deadline });
    open.add(connection);
    connection.once('end', () => open.delete(connection));
    return connection;
  };
  const redis = connect('commands');
  let bulk: Redis | undefined;
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
    connect,
    close: async () => {
      for (const connection of open) connection.disconnect();
      open.clear();
    },
  };
  try {
    await checkServer(redis);
  } catch (error) {
    await bus.close();
    throw error;
  }
  return bus;
}
