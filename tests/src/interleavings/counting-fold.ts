import type { Bus, LogEntry, Output, PartitionFold, ProcessorOptions } from '@signal/bus';
import { encodeMarketBody, encodeSignals, recordsOf, WIRE_VERSION } from '@signal/contracts';

/** The one partition in which these tests write. */
export const PARTITION = 3;
const INSTRUMENT = `TEST:P${PARTITION}`;

/** Appends entry `n`, one trade at the price `n`, as the sequencer would have. */
export async function appendTrade(bus: Bus, n: number): Promise<void> {
  const { n: count, head, d } = encodeMarketBody([{ kind: 'trade', instrument: INSTRUMENT, tMs: n, price: n, size: 1, source: 'synthetic' }]);
  const prev = n === 1 ? '0-0' : `${n - 1}-0`;
  await bus.redis.xadd(bus.keys.topic('market', PARTITION), `${n}-0`, 'prev', prev, 'v', WIRE_VERSION, 'n', count, 'w', 1, 'head', head, 'd', d);
}

/** A fold that adds prices: an entry folded twice, left out or out of order changes every sum after it. `entered` is told each entry first. */
const countingFold = (snapshot: Uint8Array | undefined, entered: (n: number) => void): PartitionFold => {
  const state = snapshot === undefined ? { seq: 0, sum: 0 } : (JSON.parse(Buffer.from(snapshot).toString()) as { seq: number; sum: number });
  const apply = (entry: LogEntry): readonly Output[] => {
    entered(entry.n);
    for (const record of recordsOf(entry.body)) state.sum += record.kind === 'trade' ? record.price : 0;
    state.seq += 1;
    const signal = { instrument: INSTRUMENT, seq: state.seq, tsMs: entry.n, final: true, data: { sum: state.sum } };
    return [{ topic: 'indicators', fields: encodeSignals([signal]), latest: [] }];
  };
  return { apply, snapshot: () => Buffer.from(JSON.stringify(state)) };
};

/** Returns the options of a processor of that fold, one entry a commit. */
export function countingOptions(entered: (n: number) => void = () => undefined): ProcessorOptions {
  return {
    service: 'indicator',
    info: { pid: process.pid, url: '' },
    version: '1',
    outputs: ['indicators'],
    batchEntries: 1,
    requiredReaders: [],
    createFold: (partition, snapshot) => countingFold(snapshot, partition === PARTITION ? entered : () => undefined),
  };
}

/** Returns the sums as published, by id. */
export async function publishedSums(bus: Bus): Promise<readonly (readonly [id: string, sum: number])[]> {
  const entries = await bus.redis.xrange(bus.keys.topic('indicators', PARTITION), '-', '+');
  return entries.map(([id, fields]) => {
    const [signal] = JSON.parse(fields[fields.indexOf('json') + 1] ?? '[]') as readonly { data: { sum: number } }[];
    return [id, signal?.data.sum ?? Number.NaN] as const;
  });
}

/** What must stand there after `n` entries, each folded once. */
export function wantedSums(n: number): readonly (readonly [id: string, sum: number])[] {
  return Array.from({ length: n }, (_, index) => [`${index + 1}-0`, ((index + 1) * (index + 2)) / 2] as const);
}
