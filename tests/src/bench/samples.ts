import { SignalError } from '@signal/contracts';

/** What one step of a round measured, by name. */
export type Measured = Readonly<Record<string, number>>;

/** Steps of a round, in order: what is measured and its rivals take turns, so that a slow minute of the machine hits both. */
export type Steps = Readonly<Record<string, () => Promise<Measured>>>;

/** Samples of all rounds by name. */
export interface Samples {
  /** Returns the samples of a name; throws when nobody measured it. */
  of(name: string): readonly number[];
  has(name: string): boolean;
}

/**
 * Runs the steps in turn, `rounds` times, after one round that does not count: in it our code is compiled, as that of a service long is.
 * `progress` is told before each.
 */
export async function runRounds(rounds: number, steps: Steps, progress: (text: string) => void): Promise<Samples> {
  const samples = new Map<string, number[]>();
  for (let round = 0; round <= rounds; round += 1) {
    for (const [step, measure] of Object.entries(steps)) {
      progress(round === 0 ? `to warm up: ${step}` : `round ${round} of ${rounds}: ${step}`);
      const measured = await measure();
      if (round === 0) continue;
      for (const [name, value] of Object.entries(measured)) {
        const known = samples.get(name) ?? [];
        known.push(value);
        samples.set(name, known);
      }
    }
  }
  return {
    has: (name) => samples.has(name),
    of: (name) => {
      const known = samples.get(name);
      if (known === undefined) throw new SignalError('argument_invalid', `no step measured "${name}", and a figure is made of it`);
      return known;
    },
  };
}
