import { pid } from 'node:process';
import { openBus, createProcessor } from '@signal/bus';
import type { Service, ServiceContext } from '@signal/kernel';
import { openArchivedLog } from '@signal/store';
import { migrateBook, SNAPSHOT_VERSION } from './book-snapshot.ts';
import type { settings as definition } from './config.ts';
import { createGreeksFold } from './greeks-fold.ts';

const NAME = 'greeks';

/** Returns the service: a processor of `market` that folds its partitions into `greeks` and `chains`. */
export async function createGreeksService(context: ServiceContext<typeof definition>): Promise<Service> {
  const { ops } = context;
  const bus = await openBus(context);
  const stored = openArchivedLog(context);
  const processor = createProcessor(bus, {
    service: NAME,
    info: { pid, url: ops.url },
    version: SNAPSHOT_VERSION,
    migrate: migrateBook,
    outputs: ['greeks', 'chains'],
    createFold: (_partition, snapshot) => createGreeksFold(snapshot),
    readOlder: stored.read,
  });
  return {
    name: NAME,
    start: () => processor.start(),
    stop: async () => {
      try {
        await processor.stop();
      } finally {
        await stored.close();
        await bus.close();
      }
    },
    unhealthy: () => processor.unhealthy(),
  };
}
