import { SignalError } from '@signal/contracts';
import type { Bus } from '../bus.ts';
import { sequenceOf, ZERO_ID } from '../redis/stream-id.ts';
import { createPageSize } from '../redis/page-size.ts';
import { type RawEntry, rangeOf } from '../redis/stream-replies.ts';
import { decodeLogEntry, isGapEntry, prevOf } from './log-entry.ts';

/** A stretch of a partition's log: after `afterN`, up to `toN`. */
export type LogStretch = Readonly<{ partition: number; afterN: number; toN: number }>;

/** Reads entries that the log no longer holds from where they are kept: all of a stretch, in order, in pages. */
export type ReadOlder = (stretch: LogStretch) => AsyncIterable<readonly RawEntry[]>;

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

const checkFollows = (key: string, entry: RawEntry, cursor: string): void => {
  if (!follows(entry, cursor)) throw new SignalError('gap', `${key} goes on after ${cursor} with ${entry.id}, whose prev is ${prevOf(entry)}`);
};

/** Yields pages of older entries up to `toN`, each proven to follow the one before; less than that is a gap. */
export async function* readOlderPages(key: string, readOlder: ReadOlder, stretch: LogStretch): AsyncGenerator<readonly RawEntry[]> {
  let cursor = idOf(stretch.afterN);
  for await (const page of readOlder(stretch)) {
    for (const entry of page) {
      checkFollows(key, entry, cursor);
      cursor = entry.id;
    }
    yield page;
  }
  if (cursor !== idOf(stretch.toN))
    throw new SignalError('gap', `${key} was trimmed, and what is stored of it ends at ${cursor}, before ${idOf(stretch.toN)}`);
}

/**
 * Yields the entries of a stretch in pages, each entry proven to follow the one before. Where the log was trimmed meanwhile, `readOlder`
 * has what came before; without it, or where something else is missing, throws `gap` with both positions.
 */
export async function* readLog(bus: Bus, { partition, afterN, toN }: LogStretch, readOlder?: ReadOlder): AsyncGenerator<readonly RawEntry[]> {
  const key = bus.keys.topic('market', partition);
  const pages = createPageSize(PAGE_ENTRIES);
  let cursor = idOf(afterN);
  let older = readOlder;
  while (cursor !== idOf(toN)) {
    const from = `(${cursor}`;
    const page = await pages.read((count) => rangeOf(bus.bulk, key, { from, to: idOf(toN), count }));
    const [first] = page;
    const trimmedTo = first === undefined ? toN : sequenceOf(prevOf(first) || ZERO_ID);
    if (older !== undefined && trimmedTo > sequenceOf(cursor)) {
      yield* readOlderPages(key, older, { partition, afterN: sequenceOf(cursor), toN: trimmedTo });
      // Once: a hole in what is read from there is a hole.
      older = undefined;
      cursor = idOf(trimmedTo);
      continue;
    }
    if (first === undefined) throw new SignalError('gap', `${key} has no entry between ${cursor} and ${idOf(toN)}`);
    for (const entry of page) {
      checkFollows(key, entry, cursor);
      cursor = entry.id;
    }
    yield page;
  }
}
