import { createSequencer, type SequencedEntry, type SequencedPartition } from '@signal/bus';
import { latestField, type Signal, WIRE_VERSION } from '@signal/contracts';
import { until } from '@signal/testing';
import { openBenchBus } from './bench-bus.ts';
import type { Order, Role } from './orders.ts';
import { instrumentOf, ticksOf } from './ticks.ts';

const WITHIN_MS = 120_000;
/** No reader holds the sequencer back here; it is measured alone. */
const UNHELD_ENTRIES = Number.MAX_SAFE_INTEGER;

const entryOf = (partition: number, n: number, ticks: number): SequencedEntry => {
  const bar: Signal = { instrument: instrumentOf(partition, 0), interval: '1s', seq: n, tsMs: n, final: true, data: { close: n } };
  const text = JSON.stringify(bar);
  const records = ticksOf(partition, { n, ticks });
  const fields = { v: WIRE_VERSION, n: '1', json: `[${text}]` };
  return { records, outputs: [{ topic: 'bars', fields, latest: [[latestField(bar), text]] }], control: String(n) };
};

const partitionOf = (partition: number, { shape }: Order): SequencedPartition => {
  let n = 0;
  return {
    restore: () => undefined,
    onInbox: () => undefined,
    due: (limit) =>
      Array.from({ length: Math.min(limit, shape.entries - n) }, () => {
        n += 1;
        return entryOf(partition, n, shape.ticks);
      }),
    nextDueInMs: () => (n < shape.entries ? 0 : undefined),
    snapshot: () => Buffer.from(String(n)),
    committed: () => undefined,
  };
};

/** Writes the log by the real sequencer: an entry, a bar and the control state in each step. */
export const sequenceRole: Role<Extract<Order, { role: 'sequence' }>> = async (order, ready) => {
  const { redisUrl, namespace, shape } = order;
  const bus = await openBenchBus({ redisUrl, namespace, partitions: shape.partitions, member: `bench-${process.pid}` });
  const sequencer = createSequencer(bus, {
    service: 'ingest',
    info: { pid: process.pid, url: '' },
    version: '1',
    maxLagEntries: UNHELD_ENTRIES,
    open: async (partition) => partitionOf(partition, order),
  });
  ready();
  try {
    await sequencer.start();
    const written = (): boolean => {
      const positions = [...sequencer.positions().values()];
      return positions.length === shape.partitions && positions.every(({ n }) => n === shape.entries);
    };
    await until(written, { what: 'every entry is sequenced', withinMs: WITHIN_MS });
  } finally {
    await sequencer.stop();
    await bus.close();
  }
  return [];
};
