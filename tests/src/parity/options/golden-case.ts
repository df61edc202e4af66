/** One value that is not what the golden says. */
export type Miss = Readonly<{ output: string; got: string; want: string }>;

/** One unit of the goldens: a CSV row, a chain, an entry. It passes when it has no miss. */
export type GoldenCase = Readonly<{ name: string; misses: readonly Miss[] }>;

/** Reads the text of one golden file into its checked cases. */
export type GoldenSuite = (text: string) => Iterable<GoldenCase>;

/** A value of a golden, as read or computed. */
type Shown = number | string | null | undefined;

/** Returns a value as it is printed in a miss. */
export function show(value: Shown): string {
  return value === null || value === undefined ? 'null' : String(value);
}

/** Returns the miss of two numbers further apart than `tolerance`, else nothing. NaN always misses. */
export function missBeyond(output: string, numbers: Readonly<{ got: number | null; want: number; tolerance: number }>): readonly Miss[] {
  const { got, want, tolerance } = numbers;
  if (got !== null && Math.abs(got - want) <= tolerance) return [];
  return [{ output, got: show(got), want: show(want) }];
}

/** Returns the miss of two values that are not the same, else nothing. */
export function missUnlessEqual(output: string, got: Shown, want: Shown): readonly Miss[] {
  return got === want ? [] : [{ output, got: show(got), want: show(want) }];
}
