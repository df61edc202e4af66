import { decodeMarketBody, encodeMarketBody, type MarketBody, recordsOf } from '@signal/contracts';

/** What of an entry the fold does not get: records by index, or all of it. */
export type Skip = 'all' | readonly number[];

const MAX_SKIPS = 100;
const MAX_TEXT = 3_500;

/** What was dead-lettered in a partition, by sequence. It is stored with the position: a state restored from the log must leave out the same. */
export type Skips = ReadonlyMap<number, Skip>;

/** Returns the skips of their stored text. */
export function parseSkips(text: string | undefined): Map<number, Skip> {
  return new Map(text === undefined || text === '' ? [] : (JSON.parse(text) as [number, Skip][]));
}

/** Returns the text to store; the oldest are dropped when there are too many, as snapshots are long past them. */
export function formatSkips(skips: Skips): string {
  let kept = [...skips].slice(-MAX_SKIPS);
  while (JSON.stringify(kept).length > MAX_TEXT) kept = kept.slice(1);
  return JSON.stringify(kept);
}

/** Returns the index that a record had in its entry before `skip` was left out. */
export function originalIndex(index: number, skip: Skip | undefined): number {
  let at = index;
  for (const left of Array.isArray(skip) ? (skip as readonly number[]).toSorted((a, b) => a - b) : []) {
    if (left <= at) at += 1;
  }
  return at;
}

/** Returns what is left out when `second` is left out of what `first` has left. */
export function bothSkips(first: Skip | undefined, second: Skip): Skip {
  if (first === undefined || first === 'all' || second === 'all') return first === 'all' ? first : second;
  return [...first, ...second.map((index) => originalIndex(index, first))];
}

/** Returns a body without the records at these indexes. */
export function withoutRecords(body: MarketBody, indexes: readonly number[]): MarketBody {
  const left = new Set(indexes);
  const { head, d } = encodeMarketBody(recordsOf(body).filter((_, index) => !left.has(index)));
  return decodeMarketBody(head, d);
}

/** Returns a body of the record at this index alone. */
export function onlyRecord(body: MarketBody, index: number): MarketBody {
  const { head, d } = encodeMarketBody(recordsOf(body).slice(index, index + 1));
  return decodeMarketBody(head, d);
}

/** Returns a body of the first `count` records. */
export function firstRecords(body: MarketBody, count: number): MarketBody {
  const { head, d } = encodeMarketBody(recordsOf(body).slice(0, count));
  return decodeMarketBody(head, d);
}
