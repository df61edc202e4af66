import { pid } from 'node:process';
import { openBus, createProcessor } from '@signal/bus';
import type { Service, ServiceContext } from '@signal/kernel';
import { connectObjectStore, openStoredLog } from '@signal/store';
import { migrateBook, SNAPSHOT_VERSION } from './book-snapshot.ts';
import type { settings as definition } from './config.ts';
import { createGreeksFold } from './greeks-fold.ts';

const NAME = 'greeks';

/** Returns the service: a processor of `market` that folds its partitions into `greeks` and `chains`. */
export async function createGreeksService(context: ServiceContext<typeof definition>): Promise<Service> {
  const { ops, log, breakers, settings: values } = context;
  const bus = await openBus(context);
  const objects = values.S3_URL === undefined ? undefined : connectObjectStore({ url: values.S3_URL, breakers });
  const stored = openStoredLog({ databaseUrl: values.DATABASE_URL, objects, log, breakers });
  const processor = createProcessor(bus, {
    service: NAME,
    info: { pid, url: ops.url },
    version: SNAPSHOT_VERSION,
    migrate: migrateBook,
    outputs: ['greeks', 'chains'],
    createFold: (_partition, snapshot) => createGreeksFold(snapshot),
    ...(stored.read === undefined ? {} : { readOlder: stored.read }),
  });
  return {
    name: NAME,
    start: () => processor.start(),
    stop: async () => {
      try {
        await processor.stop();
      } finally {
        await stored.close();
        objects?.close();
        await bus.close();
      }
    },
    unhealthy: () => processor.unhealthy(),
  };
}
