import { type Bus, createBus } from '@signal/bus';
import { createLogger, systemClock } from '@signal/kernel';

const LEASE_TTL_MS = 2_000;

/** Opens the bus of a benchmark's member, as a service would. */
export function openBenchBus(at: Readonly<{ redisUrl: string; namespace: string; partitions: number; member: string }>): Promise<Bus> {
  const { member } = at;
  return createBus({ ...at, leaseTtlMs: LEASE_TTL_MS, log: createLogger({ service: 'bench', member, level: 'error' }), clock: systemClock });
}
