import { type Bus, readLag, readMembers } from '@signal/bus';
import { slotOf } from '@signal/contracts';
import type { BreakerRow, Fleet, Member, PartitionRow } from './fleet.ts';
import { type Dependency, healthOf } from './health.ts';
import { createMarketTime } from './market-time.ts';
import type { LatestSource } from './latest-source.ts';
import { timeTextOf } from './bar-body.ts';

/** Services that a whole fleet has, in the order in which a tick passes them. */
export const fleetServices = ['ingest', 'indicator', 'greeks', 'script-runner', 'archive'] as const;

type FleetDeps = Readonly<{ bus: Bus; latest: LatestSource; dependencies: readonly Dependency[]; breakers: () => readonly BreakerRow[] }>;

/** Returns the fleet as its members describe themselves in Redis. */
export function redisFleet({ bus, latest, dependencies, breakers }: FleetDeps): Fleet {
  const time = createMarketTime({ latest, partitions: bus.partitions, nowMs: () => bus.clock.nowMs() });
  const members = async (): Promise<readonly Member[]> => {
    const live = await readMembers(bus, fleetServices);
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
      const rows = await Promise.all(fleetServices.map((service) => readLag(bus, service)));
      return rows.flat().map(({ service, partition, owner, epoch, lagEntries, lagMs }): PartitionRow => ({
        service,
        partition,
        slot: slotOf(partition),
        owner,
        epoch,
        lagEntries,
        lagMs,
        busy: null,
      }));
    },
    breakers,
    health: () => healthOf(dependencies, { services: fleetServices, members, marketMs: () => time.read() }),
    marketMs: () => time.read(),
    feedState: () => time.state(),
  };
}
