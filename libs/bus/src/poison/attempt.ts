/**
 * What an owner was about to do when it wrote this down: fold a batch, an entry alone, one record of it (`index`; -1 = decode the entry),
 * or the entry as a whole after each of its records had passed.
 */
export type Stage = 'batch' | 'entry' | 'record' | 'whole';

/** An attempt at the first entry after a position, made after an owner was cut off there. */
export type Attempt = Readonly<{
  stage: Stage;
  index: number;
  /** Owners that were cut off at exactly this. */
  deaths: number;
  /** Owners that were cut off at this position in all. */
  total: number;
  /** Entries in hand at most: so many are suspect. */
  entries: number;
  /** Records found to end their process. */
  culprits: readonly number[];
}>;

/** Owners that must have been cut off at one record before it is left out: once may be chance. */
export const DEATHS_TO_CONVICT = 2;

const firstAttempt = (stage: Stage, entries: number): Attempt => ({ stage, index: -1, deaths: 0, total: 0, entries, culprits: [] });

/** Returns the text to store of an attempt at a position. */
export function formatAttempt(cursor: string, attempt: Attempt): string {
  return `${cursor}|${JSON.stringify(attempt)}`;
}

/** Returns the attempt that was stored for this position, if one was. */
export function parseAttempt(text: string, cursor: string): Attempt | undefined {
  const [at = '', json = ''] = text.split('|');
  return at === cursor && json.startsWith('{') ? (JSON.parse(json) as Attempt) : undefined;
}

/**
 * Returns what to attempt where the owner before was cut off: the batch; if that was tried, its entries one by one; if that was
 * tried, the same again with one death more against it.
 */
export function nextAttempt(before: Attempt | undefined, entries: number): Attempt {
  if (before === undefined) return firstAttempt('batch', entries);
  const total = before.total + 1;
  if (before.stage === 'batch') return { ...before, stage: 'entry', total };
  return { ...before, deaths: before.deaths + 1, total };
}

/** Tells whether owners were cut off at this entry alone, so that the record at fault is to be looked for. */
export function isAtFault({ stage, deaths }: Attempt): boolean {
  return stage === 'record' || stage === 'whole' || (stage === 'entry' && deaths > 0);
}

/** Returns the attempt at an entry that follows a suspicious position: alone, and nobody died of it yet. */
export function aloneAttempt(): Attempt {
  return firstAttempt('entry', 1);
}
