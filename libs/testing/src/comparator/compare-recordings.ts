import type { RecordedSignal, Recording } from './recording.ts';

/** What differs between two runs. Every count is 0 when they are the same; `first` names the first differences in words. */
export type Difference = Readonly<{ compared: number; lost: number; doubled: number; disordered: number; differing: number; first: readonly string[] }>;

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

const faultsWithin = (key: string, signals: readonly RecordedSignal[], report: (fault: Fault, words: string) => void): void => {
  const seen = new Set<number>();
  let highest = 0;
  for (const { seq, id } of signals) {
    if (seen.has(seq)) report('doubled', `${key} seq ${seq} again at ${id}`);
    else if (seq < highest) report('disordered', `${key} seq ${seq} at ${id} after ${highest}`);
    seen.add(seq);
    highest = Math.max(highest, seq);
  }
};

const compareKey = (key: string, runs: readonly [readonly RecordedSignal[], readonly RecordedSignal[]], at: Readonly<{ options: CompareOptions; report(fault: Fault, words: string): void }>): number => {
  const [undisturbed, other] = runs.map(bySeq) as [ReadonlyMap<number, RecordedSignal>, ReadonlyMap<number, RecordedSignal>];
  const { options, report } = at;
  const last = options.sharedOnly === true ? Math.min(runs[0].at(-1)?.seq ?? 0, runs[1].at(-1)?.seq ?? 0) : Infinity;
  faultsWithin(key, runs[1], report);
  for (const [seq, wanted] of undisturbed) {
    const found = other.get(seq);
    if (seq > last) continue;
    if (found === undefined) report('lost', `${key} seq ${seq} (${wanted.id}): ${wanted.text}`);
    else if (found.text !== wanted.text) report('differing', `${key} seq ${seq}: ${found.text} instead of ${wanted.text}`);
    else if (options.ids === true && found.id !== wanted.id) report('differing', `${key} seq ${seq}: id ${found.id} instead of ${wanted.id}`);
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
