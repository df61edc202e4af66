/** A patch of one line that takes a guard away, and the tests of which one at least must then fail. */
export type Mutant = Readonly<{
  /** What is taken away, in words that fit behind "without". */
  name: string;
  file: string;
  /** Text that occurs exactly once in the file. */
  find: string;
  replace: string;
  tests: readonly string[];
  /** Only tests whose title matches, where the file has many. */
  title?: string;
}>;

/** Returns the text of a file with the patch, or undefined when what it looks for does not occur exactly once. */
export function patched(text: string, { find, replace }: Pick<Mutant, 'find' | 'replace'>): string | undefined {
  const parts = text.split(find);
  return parts.length === 2 ? parts.join(replace) : undefined;
}
