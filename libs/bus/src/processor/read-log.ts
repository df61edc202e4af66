import { SignalError } from '@signal/contracts';
import type { Bus } from '../bus.ts';
import { ZERO_ID } from '../redis/stream-id.ts';
import { createPageSize } from '../redis/page-size.ts';
import { type RawEntry, rangeOf } from '../redis/stream-replies.ts';
import { decodeLogEntry, isGapEntry, prevOf } from './log-entry.ts';

/** A stretch of a partition's log: after `afterN`, up to `toN`. */
export type LogStretch = Readonly<{ partition: number; afterN: number; toN: number }>;

const PAGE_ENTRIES = 128;

/** Returns the id of a sequence. */
export function idOf(n: number): string {
  return n === 0 ? ZERO_ID : `${n}-0`;
}

/** Tells whether an entry follows `cursor` with nothing missing; a `gap` record may follow anything. */
export function follows(entry: RawEntry, cursor: string): boolean {
  if (prevOf(entry) === cursor) return true;
  try {
    return isGapEntry(decodeLogEntry(entry).body);
  } catch {
    return false;
  }
}

/** Yields the entries of a stretch in pages, each entry proven to follow the one before; throws `gap` where one is missing. */
export async function* readLog(bus: Bus, { partition, afterN, toN }: LogStretch): AsyncGenerator<readonly RawEntry[]> {
  const key = bus.keys.topic('market', partition);
  const pages = createPageSize(PAGE_ENTRIES);
  let cursor = idOf(afterN);
  while (cursor !== idOf(toN)) {
    const from = `(${cursor}`;
    const page = await pages.read((count) => rangeOf(bus.bulk, key, { from, to: idOf(toN), count }));
    if (page.length === 0) throw new SignalError('gap', `${key} has no entry between ${cursor} and ${idOf(toN)}`);
    for (const entry of page) {
      if (!follows(entry, cursor)) throw new SignalError('gap', `${key} goes on after ${cursor} with ${entry.id}, whose prev is ${prevOf(entry)}`);
      cursor = entry.id;
    }
    yield page;
  }
}
