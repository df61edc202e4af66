import { type Bus, readAdviceOf, readLag, readLoads, readMembers } from '@signal/bus';
import { slotOf } from '@signal/contracts';
import type { BreakerRow, Fleet, Member, PartitionRow } from './fleet.ts';
import { type Dependency, healthOf } from './health.ts';
import { createMarketTime } from './market-time.ts';
import { createReaderHealth } from './reader-health.ts';
import type { SandboxReader } from './sandbox.ts';
import type { LatestSource } from './latest-source.ts';
import { timeTextOf } from './bar-body.ts';

/** Services that a whole fleet has, in the order in which a tick passes them. */
export const fleetServices = ['ingest', 'indicator', 'greeks', 'script-runner', 'archive'] as const;

/** Services whose members live in Redis: those, and the door itself. */
const memberServices = [...fleetServices, 'gateway'] as const;

type FleetDeps = Readonly<{
  bus: Bus;
  latest: LatestSource;
  feed: () => string;
  sandbox: SandboxReader;
  dependencies: readonly Dependency[];
  breakers: () => readonly BreakerRow[];
}>;

type PartitionState = Readonly<{ feed: string; state: 'live' | 'ended' }>;

// Ingest keeps a row for each partition; rows of a feed that ran before are of no interest.
const partitionStatesOf = async (bus: Bus, feed: string): Promise<readonly ('live' | 'ended')[]> => {
  const rows = Object.values(await bus.redis.hgetall(bus.keys.global('feed'))).map((text) => JSON.parse(text) as PartitionState);
  return rows.flatMap((row) => (row.feed === feed ? row.state : []));
};

const partitionRowsOf = async (bus: Bus, service: string): Promise<readonly PartitionRow[]> => {
  const [rows, loads] = await Promise.all([readLag(bus, service), readLoads(bus, service)]);
  const busy = new Map(loads.map((load) => [load.partition, load.busy]));
  return rows.map(({ partition, owner, epoch, lagEntries, lagMs }) => ({
    service,
    partition,
    slot: slotOf(partition),
    owner,
    epoch,
    lagEntries,
    lagMs,
    busy: busy.get(partition) ?? null,
  }));
};

/** Returns the fleet as its members describe themselves in Redis. */
export function redisFleet({ bus, latest, feed, sandbox, dependencies, breakers }: FleetDeps): Fleet {
  const partitionStates = (): Promise<readonly ('live' | 'ended')[]> => partitionStatesOf(bus, feed());
  const time = createMarketTime({ latest, partitions: bus.partitions, nowMs: () => bus.clock.nowMs(), partitionStates });
  const readers = createReaderHealth(bus);
  const members = async (): Promise<readonly Member[]> => {
    const live = await readMembers(bus, memberServices);
    return live.map(({ member, service, pid, url, startedAtMs, partitions, busy, draining }) => ({
      member,
      service,
      pid,
      url,
      startedAt: timeTextOf(startedAtMs),
      partitions,
      busy,
      draining,
    }));
  };
  return {
    members,
    async partitions() {
      const rows = await Promise.all(fleetServices.map((service) => partitionRowsOf(bus, service)));
      return rows.flat();
    },
    breakers,
    health: () => healthOf(dependencies, { services: memberServices, members, marketMs: () => time.read(), sandbox, readers }),
    async scaling() {
      const { atMs, data } = await readAdviceOf(bus, fleetServices);
      return { atMs, data: [...data] };
    },
    marketMs: () => time.read(),
    feedState: () => time.state(),
  };
}
