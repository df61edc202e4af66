import type { Figure } from './figure.ts';

/** What a benchmark is run with. */
export type BenchContext = Readonly<{
  rounds: number;
  /** Tells people what is being measured; silent under `--json`. */
  progress(text: string): void;
  /** Where member processes leave CPU profiles, if anywhere. */
  profileFolder: string | undefined;
}>;

/** A benchmark: measures, and returns its figures. */
export type Bench = (context: BenchContext) => Promise<readonly Figure[]>;
