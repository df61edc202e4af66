import type { Rejected } from '@signal/bus';
import type { Bar, MarketRecord, Trade } from '@signal/contracts';
import { type FeedPosition, type FeedStep, noHistory, type PartitionFeed } from '../feed/partition-feed.ts';

/** Rows of one partition in the order of the file; a refused row stands where it was. */
export type CsvRow = Readonly<{ record: Trade | Bar } | { rejected: Rejected }>;

const FEED = 'csv';
const ROWS_PER_STEP = 256;
const SECOND_MS = 1_000;
const BEFORE_MS = -8.64e15;

const stampOf = (row: CsvRow | undefined): number | undefined => {
  if (row === undefined || !('record' in row)) return undefined;
  return row.record.kind === 'bar' ? row.record.startMs : row.record.tMs;
};

/**
 * A file as one partition sees it. Marks follow the newest stamp of the partition. A bar closes by its instrument's own newest stamp,
 * never because another instrument's rows come first in the file; what is open at the end of the file closes with it.
 */
class CsvFeed implements PartitionFeed {
  readonly name = FEED;
  readonly rules = { latenessMs: 5_000, idleMs: Number.POSITIVE_INFINITY, throttleMs: 250 };
  readonly takesPushes = false;
  readonly instruments = [];
  readonly firstPosition: FeedPosition = { atMs: BEFORE_MS, row: 0, ended: false };
  readonly beforeMs = BEFORE_MS;
  readonly rowInterval: string | undefined;
  private readonly rows: readonly CsvRow[];

  constructor(rows: readonly CsvRow[], rowInterval: string | undefined) {
    this.rows = rows;
    this.rowInterval = rowInterval;
  }

  next({ atMs, row, ended }: FeedPosition): FeedStep | undefined {
    if (ended || this.rows.length === 0) return undefined;
    if (row >= this.rows.length) return this.end(atMs, row);
    const taken = this.rows.slice(row, this.endOfStep(row));
    const newestMs = taken.reduce((newest, one) => Math.max(newest, stampOf(one) ?? newest), atMs);
    const records: MarketRecord[] = newestMs > BEFORE_MS ? [{ kind: 'mark', feed: FEED, tMs: newestMs }] : [];
    const rejected: Rejected[] = [];
    for (const one of taken) {
      if ('record' in one) records.push(one.record);
      else rejected.push(one.rejected);
    }
    return { records, rejected, position: { atMs: newestMs, row: row + taken.length, ended: false } };
  }

  dueInMs(position: FeedPosition): number | undefined {
    return this.isOver(position) ? undefined : 0;
  }

  isOver({ ended }: FeedPosition): boolean {
    return ended || this.rows.length === 0;
  }

  history(): typeof noHistory {
    return noHistory;
  }

  /** Rows of one event second make an entry, so that an entry is a function of the file alone. */
  private endOfStep(from: number): number {
    let second: number | undefined;
    let at = from;
    for (; at < this.rows.length && at - from < ROWS_PER_STEP; at++) {
      const stampMs = stampOf(this.rows[at]);
      if (stampMs === undefined) continue;
      const own = Math.floor(stampMs / SECOND_MS);
      if (second !== undefined && own !== second) break;
      second = own;
    }
    return at;
  }

  private end(atMs: number, row: number): FeedStep {
    const tMs = atMs > BEFORE_MS ? atMs : 0;
    return { records: [{ kind: 'feed-end', feed: FEED, tMs }], rejected: [], position: { atMs, row, ended: true } };
  }
}

/** Returns the feed of one partition's rows; `rowInterval` = the interval of a file of bars. */
export function createCsvFeed(rows: readonly CsvRow[], rowInterval: string | undefined): PartitionFeed {
  return new CsvFeed(rows, rowInterval);
}
