import { recordsOf } from '@signal/contracts';
import { foldEntry, withBody } from './fold-entry.ts';
import type { LogEntry, PartitionFold } from './partition-fold.ts';
import { firstRecords, type Skip, withoutRecords } from './skips.ts';

/** Records of one entry that are looked for before the whole entry is given up. */
const MAX_CULPRITS = 4;

/** A record that makes the fold throw, and what it threw. */
export type Culprit = Readonly<{ index: number; error: unknown; record: unknown }>;

/** What to leave out of an entry, and why. */
export type Isolation = Readonly<{ skip: Skip; culprits: readonly Culprit[] }>;

/** Gives a fold that stands just before the entry; each try takes a new one, since a throw leaves a state half changed. */
export type FreshFold = () => Promise<PartitionFold>;

const errorOf = async (freshFold: FreshFold, entry: LogEntry): Promise<unknown> => {
  const fold = await freshFold();
  try {
    await foldEntry(fold, { entry, skip: undefined, tMs: 0 });
    return undefined;
  } catch (error) {
    return error ?? 'undefined was thrown';
  } finally {
    fold.close?.();
  }
};

/** Returns how many of the first records are needed to make the fold throw, by halving. */
const shortestFailing = async (freshFold: FreshFold, entry: LogEntry): Promise<number> => {
  let passes = 0;
  let fails = recordsOf(entry.body).length;
  while (fails - passes > 1) {
    const middle = Math.floor((passes + fails) / 2);
    if ((await errorOf(freshFold, withBody(entry, firstRecords(entry.body, middle)))) === undefined) passes = middle;
    else fails = middle;
  }
  return fails;
};

/** Finds the records of an entry that make its fold throw, so that the others can go on. */
export async function isolate(freshFold: FreshFold, entry: LogEntry): Promise<Isolation> {
  const records = recordsOf(entry.body);
  const left = records.map((_, index) => index);
  const culprits: Culprit[] = [];
  let rest = entry;
  for (;;) {
    const error = await errorOf(freshFold, rest);
    if (error === undefined) return { skip: culprits.map(({ index }) => index), culprits };
    if (culprits.length === MAX_CULPRITS || left.length <= 1) {
      const whole = { index: -1, error, record: records };
      return { skip: 'all', culprits: [whole] };
    }
    const [index = -1] = left.splice((await shortestFailing(freshFold, rest)) - 1, 1);
    culprits.push({ index, error, record: records[index] });
    rest = withBody(
      entry,
      withoutRecords(
        entry.body,
        culprits.map((culprit) => culprit.index),
      ),
    );
  }
}
