import type { RecordedSignal, Recording } from './recording.ts';

/** What differs between two runs. Every count is 0 when they are the same; `first` names the first differences in words. */
export type Difference = Readonly<{
  compared: number;
  lost: number;
  doubled: number;
  disordered: number;
  differing: number;
  first: readonly string[];
}>;

/** `ids`: entry ids must be equal too, as in replays. `sharedOnly`: a key that ends earlier in one run is compared up to there. */
export type CompareOptions = Readonly<{ ids?: boolean; sharedOnly?: boolean; maxFirst?: number }>;

type Tally = { compared: number; lost: number; doubled: number; disordered: number; differing: number; first: string[] };
type Fault = 'lost' | 'doubled' | 'disordered' | 'differing';

const note = (tally: Tally, fault: Fault, at: Readonly<{ words: string; maxFirst: number }>): void => {
  tally[fault] += 1;
  if (tally.first.length < at.maxFirst) tally.first.push(`${fault}: ${at.words}`);
};

const bySeq = (signals: readonly RecordedSignal[]): ReadonlyMap<number, RecordedSignal> => {
  const first = new Map<number, RecordedSignal>();
  for (const signal of signals) if (!first.has(signal.seq)) first.set(signal.seq, signal);
  return first;
};

const faultsWithin = (key: string, signals: readonly RecordedSignal[], report: Report): void => {
  const seen = new Set<number>();
  let highest = 0;
  for (const { seq, id } of signals) {
    if (seen.has(seq)) report('doubled', `${key} seq ${seq} again at ${id}`);
    else if (seq < highest) report('disordered', `${key} seq ${seq} at ${id} after ${highest}`);
    seen.add(seq);
    highest = Math.max(highest, seq);
  }
};

type Report = (fault: Fault, words: string) => void;
type Signals = readonly RecordedSignal[];

const compareOne = (
  named: string,
  pair: Readonly<{ wanted: RecordedSignal; found: RecordedSignal | undefined }>,
  at: Readonly<{ ids: boolean; report: Report }>,
): void => {
  const { wanted, found } = pair;
  if (found === undefined) at.report('lost', `${named} (${wanted.id}): ${wanted.text}`);
  else if (found.text !== wanted.text) at.report('differing', `${named}: ${found.text} instead of ${wanted.text}`);
  else if (at.ids && found.id !== wanted.id) at.report('differing', `${named}: id ${found.id} instead of ${wanted.id}`);
};

const lastShared = (undisturbed: Signals, other: Signals): number => Math.min(undisturbed.at(-1)?.seq ?? 0, other.at(-1)?.seq ?? 0);

const compareKey = (key: string, runs: readonly [Signals, Signals], at: Readonly<{ options: CompareOptions; report: Report }>): number => {
  const { options, report } = at;
  const undisturbed = bySeq(runs[0]);
  const other = bySeq(runs[1]);
  const last = options.sharedOnly === true ? lastShared(...runs) : Infinity;
  faultsWithin(key, runs[1], report);
  for (const [seq, wanted] of undisturbed) {
    if (seq <= last) compareOne(`${key} seq ${seq}`, { wanted, found: other.get(seq) }, { ids: options.ids === true, report });
  }
  for (const [seq, found] of other) {
    if (seq <= last && !undisturbed.has(seq)) report('differing', `${key} seq ${seq} (${found.id}) is in the other run only: ${found.text}`);
  }
  return undisturbed.size;
};

/** Compares what two runs published, key by key: signals lost, doubled, out of order or different in the other run. */
export function compareRecordings(undisturbed: Recording, other: Recording, options: CompareOptions = {}): Difference {
  const maxFirst = options.maxFirst ?? 20;
  const tally: Tally = { compared: 0, lost: 0, doubled: 0, disordered: 0, differing: 0, first: [] };
  const report = (fault: Fault, words: string): void => note(tally, fault, { words, maxFirst });
  for (const gap of [...undisturbed.gaps, ...other.gaps]) report('lost', `the recording itself has a gap, ${gap}`);
  for (const key of new Set([...undisturbed.signals.keys(), ...other.signals.keys()])) {
    const runs = [undisturbed.signals.get(key) ?? [], other.signals.get(key) ?? []] as const;
    if (options.sharedOnly === true && runs.some(({ length }) => length === 0)) continue;
    tally.compared += compareKey(key, runs, { options, report });
  }
  return tally;
}

/** Tells whether two runs are the same, and there was something to compare. */
export function isSame(difference: Difference): boolean {
  const { compared, lost, doubled, disordered, differing } = difference;
  return compared > 0 && lost + doubled + disordered + differing === 0;
}
