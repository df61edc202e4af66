import { type Counts, count, noCounts } from './counts.ts';
import type { FinalState } from './final-state.ts';

type Named = ReadonlyMap<string, string>;

const compareNamed = (counts: Counts, undisturbed: Named, other: Named): void => {
  for (const name of new Set([...undisturbed.keys(), ...other.keys()])) {
    counts.compared += 1;
    const [wanted, found] = [undisturbed.get(name), other.get(name)];
    if (wanted === found) continue;
    if (found === undefined) count(counts, 'lost', `${name}: ${wanted}`);
    else count(counts, 'differing', `${name} is ${found}, and ${wanted ?? 'absent'} in the undisturbed run`);
  }
};

/** Members' states that both runs have at the end of the log, and those that one of them has not. */
export type StateCounts = Readonly<{ counts: Counts; statesCompared: number; statesMissing: number }>;

/** Compares what two runs left besides their topics and rows; states by their bytes, where both runs have one at the end of the log. */
export function compareStates(undisturbed: FinalState, other: FinalState): StateCounts {
  const counts = noCounts();
  compareNamed(counts, undisturbed.values, other.values);
  const shared = [...undisturbed.states.keys()].filter((name) => other.states.has(name));
  const of = (state: FinalState): Named => new Map(shared.map((name) => [`state of ${name}`, state.states.get(name) ?? '']));
  compareNamed(counts, of(undisturbed), of(other));
  for (const fault of [...undisturbed.archiveFaults, ...other.archiveFaults]) count(counts, 'lost', fault);
  const missing = new Set([...undisturbed.older, ...other.older]);
  return { counts, statesCompared: shared.length, statesMissing: missing.size };
}
