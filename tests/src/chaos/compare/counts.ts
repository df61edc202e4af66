/** What two runs differ in, counted, and the first differences in words. */
export type Counts = { compared: number; lost: number; doubled: number; disordered: number; differing: number; first: string[] };

/** Kinds of difference. */
export type Fault = 'lost' | 'doubled' | 'disordered' | 'differing';

const MOST_WORDS = 40;

/** Returns counts of nothing. */
export function noCounts(): Counts {
  return { compared: 0, lost: 0, doubled: 0, disordered: 0, differing: 0, first: [] };
}

/** Counts one difference. */
export function count(counts: Counts, fault: Fault, words: string): void {
  counts[fault] += 1;
  if (counts.first.length < MOST_WORDS) counts.first.push(`${fault}: ${words}`);
}

/** Adds one part's counts to the whole. */
export function addCounts(whole: Counts, part: Readonly<Omit<Counts, 'first'>> & Readonly<{ first: readonly string[] }>): void {
  whole.compared += part.compared;
  whole.lost += part.lost;
  whole.doubled += part.doubled;
  whole.disordered += part.disordered;
  whole.differing += part.differing;
  whole.first.push(...part.first.slice(0, MOST_WORDS - whole.first.length));
}

/** Tells whether nothing differs and something was compared. */
export function isClean({ compared, lost, doubled, disordered, differing }: Counts): boolean {
  return compared > 0 && lost + doubled + disordered + differing === 0;
}
