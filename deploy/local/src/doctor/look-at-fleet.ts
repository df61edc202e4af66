import { createBus, readLag, readMembers } from '@signal/bus';
import type { HealthBody } from '@signal/contracts';
import { createLogger, systemClock } from '@signal/kernel';
import type { GatewayClient } from '../letters/gateway-client.ts';
import { fleetServices } from '../fleet/names.ts';
import { type CheckId, fail, type Finding, pass, reasonOf, warn } from './finding.ts';
import { type FleetFacts, judgeFleet } from './judge-fleet.ts';

/** Where a fleet's members stand in Redis. */
export type FleetPlace = Readonly<{ redisUrl: string; namespace: string; partitions: number; leaseTtlMs: number }>;

const judged = async (read: () => Promise<FleetFacts>): Promise<readonly Finding[]> => {
  try {
    return judgeFleet(await read());
  } catch (error) {
    return (['members.present', 'partitions.owned'] as const).map((id) => fail(id, `the fleet cannot be asked: ${reasonOf(error)}`, 'start it'));
  }
};

const fromRedis = async (place: FleetPlace): Promise<FleetFacts> => {
  const log = createLogger({ service: 'doctor', member: 'doctor', level: 'silent' });
  const bus = await createBus({ ...place, member: 'doctor', log, clock: systemClock });
  try {
    const owners = await Promise.all(fleetServices.filter((service) => service !== 'gateway').map((service) => readLag(bus, service)));
    return { members: await readMembers(bus, fleetServices), partitions: owners.flat() };
  } finally {
    await bus.close();
  }
};

/** Looks at members and partitions as they stand in Redis. */
export function lookAtFleetInRedis(place: FleetPlace): Promise<readonly Finding[]> {
  return judged(() => fromRedis(place));
}

/** Looks at members and partitions through the gateway. */
export function lookAtFleet(client: GatewayClient): Promise<readonly Finding[]> {
  const rows = async <T>(path: string): Promise<T> => ((await client.call('GET', path)) as Readonly<{ data: T }>).data;
  return judged(async () => ({
    members: await rows<FleetFacts['members']>('/api/v2/admin/members'),
    partitions: await rows<FleetFacts['partitions']>('/api/v2/admin/partitions'),
  }));
}

const TIMEOUT_MS = 10_000;
const idsOf: Readonly<Record<string, readonly CheckId[]>> = {
  config: ['config.reachable'],
  redis: ['redis.version', 'redis.persistence', 'redis.eviction', 'redis.memory', 'redis.cluster'],
  postgres: ['postgres.reachable', 'postgres.version'],
  objectStore: ['objectStore.reachable'],
};

/** Looks at the backends as the gateway's health tells of them: whether they answer, not how they are set up. */
export async function lookAtHealth(url: string): Promise<readonly Finding[]> {
  const asked = fetch(new URL('/health', url), { signal: AbortSignal.timeout(TIMEOUT_MS) });
  const health = (await asked.then((response) => response.json()).catch(() => undefined)) as HealthBody | undefined;
  return Object.entries(idsOf).flatMap(([name, ids]) => {
    const isWell = health?.dependencies[name]?.status === 'pass';
    return ids.map((id) => {
      if (!isWell) return fail(id, `the gateway says that ${name} does not answer, or does not answer itself`, 'start it');
      if (id.endsWith('.reachable')) return pass(id, 'it answers the gateway');
      return warn(
        id,
        'it answers the gateway, which does not tell how it is set up',
        'run the doctor with --data, or the three variables, where it runs',
      );
    });
  });
}
