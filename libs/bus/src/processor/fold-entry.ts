import { type ErrorCode, isSignalError, type MarketBody, SignalError } from '@signal/contracts';
import type { DeadLetter } from '../dead-letters/dead-letter.ts';
import type { RawEntry } from '../redis/stream-replies.ts';
import { decodeLogEntry, lastMarkOf } from './log-entry.ts';
import type { LogEntry, Output, PartitionFold } from './partition-fold.ts';
import { originalIndex, type Skip, withoutRecords } from './skips.ts';

/** What one entry came to: outputs, letters of rejected records, and the last mark. */
export type Folded = Readonly<{ outputs: readonly Output[]; letters: readonly DeadLetter[]; tMs: number }>;

/** A letter of an entry as a whole. */
export function letterOfEntry(entry: RawEntry, error: unknown, attempts = 1): DeadLetter {
  const code: ErrorCode = isSignalError(error) ? error.code : 'entry_corrupt';
  const record = Object.fromEntries([...entry.fields].map(([name, value]) => [name, name === 'd' ? value.toString('base64') : value.toString()]));
  return { topic: 'market', entryId: entry.id, index: -1, code, error: String(error), attempts, record };
}

/** Returns the decoded entry without what is skipped of it, or undefined when nothing is left; throws `entry_corrupt`. */
export function entryFor(entry: RawEntry, skip: Skip | undefined): LogEntry | undefined {
  if (skip === 'all') return undefined;
  const decoded = decodeLogEntry(entry);
  return skip === undefined ? decoded : { ...decoded, body: withoutRecords(decoded.body, skip) };
}

/** Folds one decoded entry, at once where the fold answers at once: the hot path stays synchronous. Whatever the fold throws passes through. */
export function startFolding(fold: PartitionFold, at: Readonly<{ entry: LogEntry; skip: Skip | undefined; tMs: number }>): Folded | Promise<Folded> {
  const letters: DeadLetter[] = [];
  const { entry, skip } = at;
  const returned = fold.apply(entry, (index, code, ...[error, record]) => {
    letters.push({ topic: 'market', entryId: entry.id, index: originalIndex(index, skip), code, error, attempts: 1, record });
  });
  const folded = (outputs: readonly Output[]): Folded => ({ outputs, letters, tMs: lastMarkOf(entry.body, at.tMs) });
  return returned instanceof Promise ? returned.then(folded) : folded(returned);
}

/** Folds one decoded entry; whatever the fold throws rejects. */
export async function foldEntry(fold: PartitionFold, at: Readonly<{ entry: LogEntry; skip: Skip | undefined; tMs: number }>): Promise<Folded> {
  return startFolding(fold, at);
}

/** Folds a decoded body for its effect on the state only. */
export async function refold(fold: PartitionFold, entry: LogEntry): Promise<void> {
  const returned = fold.apply(entry, () => undefined);
  if (returned instanceof Promise) await returned;
}

/** Returns an entry with another body. */
export function withBody(entry: LogEntry, body: MarketBody): LogEntry {
  return { ...entry, body };
}

/** Returns what is thrown when a fold names a topic that it did not declare. */
export function undeclaredTopic(topic: string, declared: readonly string[]): SignalError {
  return new SignalError('argument_invalid', `a fold wrote to topic "${topic}", and declared ${declared.join(', ')}`);
}
