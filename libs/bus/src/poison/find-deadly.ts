import { recordsOf, SignalError } from '@signal/contracts';
import type { DeadLetter } from '../dead-letters/dead-letter.ts';
import { entryFor, foldEntry, letterOfEntry, withBody } from '../processor/fold-entry.ts';
import type { LogEntry, PartitionFold } from '../processor/partition-fold.ts';
import { onlyRecord, type Skip } from '../processor/skips.ts';
import type { RawEntry } from '../redis/stream-replies.ts';
import { type Attempt, DEATHS_TO_CONVICT } from './attempt.ts';

/** Records of one entry that are looked for before the whole entry is given up. */
const MAX_CULPRITS = 4;

/** What to leave out of an entry, and the letters about it. */
export type Verdict = Readonly<{ skip: Skip; letters: readonly DeadLetter[] }>;

/** Where to search. `mark` writes an attempt down; `freshFold` gives a fold that stands just before the entry. */
export type DeadlySearch = Readonly<{
  raw: RawEntry;
  /** What the owner before was cut off at. */
  attempt: Attempt;
  mark(attempt: Attempt): Promise<void>;
  freshFold(): Promise<PartitionFold>;
}>;

const deadly = (total: number): SignalError => new SignalError('record_deadly', `${total} owners ended here`);

const wholeEntry = ({ raw, attempt }: DeadlySearch): Verdict => ({
  skip: 'all',
  letters: [letterOfEntry(raw, deadly(attempt.total), attempt.total)],
});

/** The records that are known to end their process, the one that was just found included. */
const culpritsOf = ({ stage, index, deaths, culprits }: Attempt): readonly number[] =>
  stage === 'record' && index >= 0 && deaths >= DEATHS_TO_CONVICT ? [...culprits, index] : culprits;

/** Folds the records one by one, each written down before it is tried. What throws is found elsewhere. */
const tryRecords = async (
  search: DeadlySearch,
  at: Readonly<{ fold: PartitionFold; entry: LogEntry; culprits: readonly number[] }>,
): Promise<void> => {
  const { attempt, mark } = search;
  const { fold, entry, culprits } = at;
  const records = recordsOf(entry.body);
  for (let index = 0; index < records.length; index += 1) {
    if (culprits.includes(index)) continue;
    const isSuspect = attempt.stage === 'record' && attempt.index === index;
    await mark({ ...attempt, stage: 'record', index, deaths: isSuspect ? attempt.deaths : 0, culprits });
    const alone = withBody(entry, onlyRecord(entry.body, index));
    await foldEntry(fold, { entry: alone, skip: undefined, tMs: 0 }).catch(() => undefined);
  }
};

/** Returns the entry, or undefined if it cannot be decoded: it is dead-lettered where every other such entry is. */
const decode = (raw: RawEntry): LogEntry | undefined => {
  try {
    return entryFor(raw, undefined);
  } catch {
    return undefined;
  }
};

const tryEntry = async (search: DeadlySearch, culprits: readonly number[]): Promise<void> => {
  const { raw, attempt, mark } = search;
  // Before anything is written down: restoring takes its time, and dying in it says nothing about the entry.
  const fold = await search.freshFold();
  try {
    const isSuspect = attempt.stage === 'record' && attempt.index === -1;
    await mark({ ...attempt, stage: 'record', index: -1, deaths: isSuspect ? attempt.deaths : 0, culprits });
    const entry = decode(raw);
    if (entry !== undefined) await tryRecords(search, { fold, entry, culprits });
  } finally {
    fold.close?.();
  }
};

const lettersOf = ({ raw, attempt }: DeadlySearch, culprits: readonly number[]): readonly DeadLetter[] => {
  const entry = decode(raw);
  const records = entry === undefined ? [] : recordsOf(entry.body);
  return culprits.map((index) => ({
    topic: 'market',
    entryId: raw.id,
    index,
    code: 'record_deadly',
    error: String(deadly(attempt.total)),
    attempts: attempt.total,
    record: records[index],
  }));
};

/**
 * Finds the records of an entry that end the process which folds them, at the cost of two owners a record: each is written down before
 * it is tried, so that the next owner knows. Returns what to leave out; the rest is then about to be tried as a whole.
 */
export async function findDeadly(search: DeadlySearch): Promise<Verdict> {
  const { attempt, mark } = search;
  const culprits = culpritsOf(attempt);
  const isAllSuspect = attempt.stage === 'whole' || (attempt.stage === 'record' && attempt.index === -1);
  if ((isAllSuspect && attempt.deaths >= DEATHS_TO_CONVICT) || culprits.length > MAX_CULPRITS) return wholeEntry(search);
  if (attempt.stage !== 'whole') await tryEntry(search, culprits);
  await mark({ ...attempt, stage: 'whole', index: -1, deaths: attempt.stage === 'whole' ? attempt.deaths : 0, culprits });
  return { skip: culprits, letters: lettersOf(search, culprits) };
}
