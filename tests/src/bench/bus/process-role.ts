import { createProcessor, type Processor } from '@signal/bus';
import { until } from '@signal/testing';
import { openBenchBus } from './bench-bus.ts';
import type { Order, Role } from './orders.ts';
import { createTickFold, topicOf } from './tick-fold.ts';

const WITHIN_MS = 120_000;

const info = { pid: process.pid, url: '' };

const standsAt = (processor: Processor, order: Order, n: number): boolean => {
  const positions = [...processor.positions().values()];
  return positions.length === order.shape.partitions && positions.every((position) => position.n >= n);
};

/** Resolves at the commit that brings the last partition to its end. */
const allCommitted = (processor: Processor, { shape }: Order): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const ended = new Set<number>();
  processor.onCommitted((partition, { n }) => {
    if (n === shape.entries) ended.add(partition);
    if (ended.size === shape.partitions) resolve();
  });
  return promise;
};

const run = async (
  order: Extract<Order, { role: 'process' | 'restore' }>,
  version: string,
  wait: (processor: Processor) => Promise<void>,
): Promise<void> => {
  const { redisUrl, namespace, shape } = order;
  const bus = await openBenchBus({ redisUrl, namespace, partitions: shape.partitions, member: `bench-${process.pid}` });
  const processor = createProcessor(bus, {
    service: 'indicator',
    info,
    version,
    outputs: [topicOf[shape.form]],
    createFold: (_, snapshot) => createTickFold(shape.form, snapshot),
    ...(order.role === 'process' && order.batchEntries !== undefined ? { batchEntries: order.batchEntries } : {}),
  });
  try {
    await wait(processor);
  } finally {
    await processor.stop();
    await bus.close();
  }
};

/** Folds and commits the log by the real processor until its end. */
export const processRole: Role<Extract<Order, { role: 'process' }>> = async (order, ready) => {
  await run(order, '1', async (processor) => {
    const ended = allCommitted(processor, order);
    await processor.start();
    await until(() => standsAt(processor, order, 0), { what: 'the processor owns every partition', withinMs: WITHIN_MS });
    ready();
    await ended;
  });
  return [];
};

/** Restores every partition from the log alone: snapshots of another version are not read. */
export const restoreRole: Role<Extract<Order, { role: 'restore' }>> = async (order, ready) => {
  ready();
  await run(order, '2', async (processor) => {
    await processor.start();
    await until(() => standsAt(processor, order, order.shape.entries), { what: 'every partition is restored', withinMs: WITHIN_MS });
  });
  return [];
};
