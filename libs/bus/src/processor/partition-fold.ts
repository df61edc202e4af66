import type { EntryFields, ErrorCode, MarketBody, Topic } from '@signal/contracts';

/** One entry of `market`. `n` is its sequence in the partition, its id `n-0`; `wallMs` is when it was flushed, for latency figures only. */
export type LogEntry = Readonly<{ id: string; n: number; prev: string; wallMs: number; body: MarketBody }>;

/** A field of the hash of latest values, and its value; '' removes the field. */
export type LatestValue = readonly [field: string, value: string | Buffer];

/**
 * What a fold publishes for one market entry. `fields` is without `prev`, which the commit adds; several outputs of one topic get the
 * ids `n-0`, `n-1` …; an output without fields sets only its latest values.
 */
export type Output = Readonly<{ topic: Topic; fields: EntryFields; latest: readonly LatestValue[] }>;

/** Dead-letters the record at `index` of the entry in hand; the entry's other records go on. */
export type Reject = (index: number, code: ErrorCode, ...why: readonly [message: string, record: unknown]) => void;

/** A deterministic fold of one partition's log: it reads no clock, and the same entries give the same outputs. */
export interface PartitionFold {
  apply(entry: LogEntry, reject: Reject): readonly Output[] | Promise<readonly Output[]>;
  /** Returns the state after the last applied entry; `createFold` accepts it. Called between entries. */
  snapshot(): Uint8Array;
  /** Frees what the fold holds besides memory. */
  close?(): void;
}
