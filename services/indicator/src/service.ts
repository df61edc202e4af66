import { openBus, createProcessor } from '@signal/bus';
import type { Service, ServiceContext } from '@signal/kernel';
import { connectObjectStore, openStoredLog } from '@signal/store';
import type { settings } from './config.ts';
import { createIndicatorFold } from './indicator-fold.ts';
import { SNAPSHOT_VERSION } from './snapshot.ts';

/** Returns the indicator service: a processor of `market` whose fold keeps every planned reading current. */
export async function createIndicatorService(context: ServiceContext<typeof settings>): Promise<Service> {
  const { name, log, breakers, settings: values } = context;
  const bus = await openBus(context);
  const objects = connectObjectStore({ url: values.S3_URL, breakers });
  const stored = openStoredLog({ databaseUrl: values.DATABASE_URL, objects, log, breakers });
  const processor = createProcessor(bus, {
    service: name,
    info: { pid: process.pid, url: context.ops.url },
    version: SNAPSHOT_VERSION,
    outputs: ['indicators'],
    createFold: (_partition, snapshot) => createIndicatorFold(snapshot),
    objects,
    readOlder: stored.read,
  });
  return {
    name,
    start: () => processor.start(),
    stop: async () => {
      await processor.stop();
      await stored.close();
      objects.close();
      await bus.close();
    },
    unhealthy: () => processor.unhealthy(),
  };
}
