import { pid } from 'node:process';
import { createBus, createProcessor } from '@signal/bus';
import type { Service, ServiceContext } from '@signal/kernel';
import { SNAPSHOT_VERSION } from './book-snapshot.ts';
import type { settings as definition } from './config.ts';
import { createGreeksFold } from './greeks-fold.ts';

const NAME = 'greeks';

/** Returns the service: a processor of `market` that folds its partitions into `greeks` and `chains`. */
export async function createGreeksService(context: ServiceContext<typeof definition>): Promise<Service> {
  const { settings, member, log, clock, metrics, ops } = context;
  const bus = await createBus({
    redisUrl: settings.REDIS_URL,
    namespace: settings.SIGNAL_NAMESPACE,
    partitions: settings.PARTITIONS,
    leaseTtlMs: settings.LEASE_TTL_MS,
    member,
    log,
    clock,
    metrics,
  });
  const processor = createProcessor(bus, {
    service: NAME,
    info: { pid, url: ops.url },
    version: SNAPSHOT_VERSION,
    outputs: ['greeks', 'chains'],
    createFold: (_partition, snapshot) => createGreeksFold(snapshot),
  });
  return {
    name: NAME,
    start: () => processor.start(),
    stop: async () => {
      try {
        await processor.stop();
      } finally {
        await bus.close();
      }
    },
    unhealthy: () => processor.unhealthy(),
  };
}
