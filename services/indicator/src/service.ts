import { openBus, createProcessor } from '@signal/bus';
import type { Service, ServiceContext } from '@signal/kernel';
import { connectObjectStore } from '@signal/store';
import type { settings } from './config.ts';
import { createIndicatorFold } from './indicator-fold.ts';
import { SNAPSHOT_VERSION } from './snapshot.ts';

/** Returns the indicator service: a processor of `market` whose fold keeps every planned reading current. */
export async function createIndicatorService(context: ServiceContext<typeof settings>): Promise<Service> {
  const { name } = context;
  const bus = await openBus(context);
  const objects = connectObjectStore({ url: context.settings.S3_URL, breakers: context.breakers });
  const processor = createProcessor(bus, {
    service: name,
    info: { pid: process.pid, url: context.ops.url },
    version: SNAPSHOT_VERSION,
    outputs: ['indicators'],
    createFold: (_partition, snapshot) => createIndicatorFold(snapshot),
    objects,
  });
  return {
    name,
    start: () => processor.start(),
    stop: async () => {
      await processor.stop();
      objects.close();
      await bus.close();
    },
    unhealthy: () => processor.unhealthy(),
  };
}
