import { decodeMarketBody, isSignalError, type MarketBody, SignalError, WIRE_VERSION } from '@signal/contracts';
import { sequenceOf } from '../redis/stream-id.ts';
import type { RawEntry } from '../redis/stream-replies.ts';
import type { LogEntry } from './partition-fold.ts';

const textField = (entry: RawEntry, name: string): string => {
  const value = entry.fields.get(name);
  if (value === undefined) throw new SignalError('entry_corrupt', `market entry ${entry.id} has no field "${name}"`);
  return value.toString();
};

/** Returns the id that stands before an entry in its topic, '' if the entry does not say. */
export function prevOf(entry: RawEntry): string {
  return entry.fields.get('prev')?.toString() ?? '';
}

/** Returns the decoded entry of `market`, or throws `entry_corrupt`. */
export function decodeLogEntry(entry: RawEntry): LogEntry {
  const version = textField(entry, 'v');
  if (Number(version) > Number(WIRE_VERSION))
    throw new SignalError('entry_corrupt', `market entry ${entry.id} has version ${version}, and at most ${WIRE_VERSION} is known`);
  return {
    id: entry.id,
    n: sequenceOf(entry.id),
    prev: prevOf(entry),
    wallMs: Number(entry.fields.get('w')?.toString() ?? 0),
    body: bodyOf(entry),
  };
}

const bodyOf = (entry: RawEntry): MarketBody => {
  try {
    return decodeMarketBody(textField(entry, 'head'), entry.fields.get('d') ?? Buffer.alloc(0));
  } catch (cause) {
    if (isSignalError(cause, 'entry_corrupt')) throw cause;
    throw new SignalError('entry_corrupt', `market entry ${entry.id} does not fit its schema: ${String(cause)}`, { cause });
  }
};

/** Returns the time of the last mark in a body, or `tMs` when it has none. */
export function lastMarkOf(body: MarketBody, tMs: number): number {
  let last = tMs;
  for (const run of body.runs) {
    if (run.kind === 'mark') last = Math.max(last, run.columns.tMs[run.rows - 1] ?? last);
  }
  return last;
}

/** Tells whether an entry says that the log was rolled back: before it, `prev` may be any. */
export function isGapEntry(body: MarketBody): boolean {
  return body.runs.some((run) => run.kind === 'control' && run.records.some(({ kind }) => kind === 'gap'));
}
