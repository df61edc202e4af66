import type { commonSettings, ServiceContext, SettingValues } from '@signal/kernel';
import { type Bus, createBus } from './bus.ts';

/** What of a service's context a bus is made from. */
export type BusContext = Pick<ServiceContext, 'member' | 'log' | 'clock' | 'metrics' | 'pressure'> &
  Readonly<{
    settings: Pick<SettingValues<typeof commonSettings>, 'REDIS_URL' | 'REDIS_WAIT_REPLICAS' | 'SIGNAL_NAMESPACE' | 'PARTITIONS' | 'LEASE_TTL_MS'>;
  }>;

/** Returns the bus of a service, made from the settings that all services share. Throws as `createBus` does. */
export function openBus({ settings, member, log, clock, metrics, pressure }: BusContext): Promise<Bus> {
  return createBus({
    redisUrl: settings.REDIS_URL,
    waitReplicas: settings.REDIS_WAIT_REPLICAS,
    namespace: settings.SIGNAL_NAMESPACE,
    partitions: settings.PARTITIONS,
    leaseTtlMs: settings.LEASE_TTL_MS,
    member,
    log,
    clock,
    metrics,
    pressure,
  });
}
