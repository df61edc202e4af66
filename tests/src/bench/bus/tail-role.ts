import { createTail } from '@signal/bus';
import { decodeSignals, SignalError } from '@signal/contracts';
import { openBenchBus } from './bench-bus.ts';
import type { Order, Role } from './orders.ts';
import { sharedClockMs } from './write-role.ts';

/** Tails the outputs of every partition, and returns how long after its tick was sent each arrived. */
export const tailRole: Role<Extract<Order, { role: 'tail' }>> = async (order, ready) => {
  const { redisUrl, namespace, shape } = order;
  const bus = await openBenchBus({ redisUrl, namespace, partitions: shape.partitions, member: `bench-tail-${process.pid}` });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const latenciesMs: number[] = [];
  const tail = createTail(bus, {
    log: bus.log,
    onReset: ({ partition, reason }) => reject(new SignalError('gap', `the tail of partition ${partition} was reset: ${reason}`)),
    onEntry: ({ fields }) => {
      const arrivedMs = sharedClockMs();
      const sentMs = decodeSignals({ json: fields.get('json') ?? '' }).at(-1)?.tsMs ?? Number.NaN;
      latenciesMs.push(arrivedMs - sentMs);
      if (latenciesMs.length === shape.entries * shape.partitions) resolve();
    },
  });
  for (let partition = 0; partition < shape.partitions; partition += 1) tail.add('indicators', partition, '0-0');
  await tail.start();
  ready();
  try {
    await promise;
  } finally {
    await tail.stop();
    await bus.close();
  }
  return latenciesMs;
};
