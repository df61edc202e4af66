/** Counts of a parity run: cases whose values all fit the reference, and the others. */
export type ParityCount = Readonly<{ passed: number; failed: number }>;

/** What a parity run is asked: folders, the only ids to count (undefined = all), and where a line of people's output goes. */
export type ParityRequest = Readonly<{
  goldens: string;
  data: string;
  ids: ReadonlySet<string> | undefined;
  print(line: string): void;
}>;

/** Most misses printed of one case. */
export const MAX_MISSES_PRINTED = 20;
