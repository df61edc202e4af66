import { compareIds } from '@signal/bus';
import { type Counts, count, noCounts } from './counts.ts';
import { LoggedEntries, type RecordedLog } from './logged-entries.ts';

type Pair = Readonly<{ key: string; undisturbed: LoggedEntries; other: LoggedEntries }>;

/** An entry that only the other run has: what stands in the undisturbed run under another id was done twice. */
const countExtra = (counts: Counts, { key, undisturbed, other }: Pair, index: number): void => {
  const digest = other.digestAt(index);
  for (let i = 0; i < undisturbed.count; i += 1) {
    if (undisturbed.digestAt(i) === digest)
      return count(counts, 'doubled', `${key} ${other.idAt(index)} says again what ${undisturbed.idAt(i)} says`);
  }
  count(counts, 'differing', `${key} ${other.idAt(index)} is in the other run only`);
};

const comparePair = (counts: Counts, pair: Pair): void => {
  const { key, undisturbed, other } = pair;
  let at = 0;
  for (let i = 0; i < other.count; i += 1) {
    const id = other.idAt(i);
    if (i > 0 && compareIds(id, other.idAt(i - 1)) <= 0) count(counts, 'disordered', `${key} ${id} was read after ${other.idAt(i - 1)}`);
    for (; at < undisturbed.count && compareIds(undisturbed.idAt(at), id) < 0; at += 1) count(counts, 'lost', `${key} ${undisturbed.idAt(at)}`);
    if (undisturbed.idAt(at) !== id) {
      countExtra(counts, pair, i);
      continue;
    }
    if (undisturbed.digestAt(at) !== other.digestAt(i)) count(counts, 'differing', `${key} ${id}`);
    at += 1;
  }
  for (; at < undisturbed.count; at += 1) count(counts, 'lost', `${key} ${undisturbed.idAt(at)}`);
  for (const gap of [...undisturbed.gaps, ...other.gaps]) count(counts, 'lost', `${key} as recorded has a gap: ${gap}`);
  counts.compared += undisturbed.count;
};

/** Compares every entry of every topic of two runs: ids, order and every field but the wall time. */
export function compareLogs(undisturbed: RecordedLog, other: RecordedLog): Counts {
  const counts = noCounts();
  const none = new LoggedEntries();
  for (const key of new Set([...undisturbed.keys(), ...other.keys()])) {
    comparePair(counts, { key, undisturbed: undisturbed.get(key) ?? none, other: other.get(key) ?? none });
  }
  return counts;
}
