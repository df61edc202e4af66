import type { WorkspacePackage } from './packages.ts';

const exportedFunction =
  /^export (?:async )?(?:function\*? +(\w+)|const (\w+)(?:: [^=]+)? = (?:async )?(?:function\b|(?:<[^>]*>)?\([^)]*\)(?:: [^=]+)? =>|\w+ =>))/;
const sentence = /[\p{Lu}`'"\d][^]*[.:!?`)]$/u;

/** Returns the text of the doc comment that ends right above a line, or `undefined` when there is none. */
const commentAbove = (lines: readonly string[], at: number): string | undefined => {
  if (!lines[at - 1]?.trimEnd().endsWith('*/')) return undefined;
  let first = at - 1;
  while (first > 0 && !lines[first]?.includes('/**')) first -= 1;
  const text = lines.slice(first, at).join('\n');
  return text
    .replace(/^\s*\/\*\*|\*\/\s*$/g, '')
    .replace(/^\s*\*\s?/gm, '')
    .trim();
};

/** Returns the exported functions of a source text that have no doc comment with a sentence, as `line name`. An overload's comment counts for its other forms. */
export function undocumentedFunctions(text: string): readonly Readonly<{ line: number; name: string }>[] {
  const lines = text.split('\n');
  const documented = new Set<string>();
  return lines.flatMap((line, index) => {
    const match = exportedFunction.exec(line);
    if (match === null) return [];
    const name = match[1] ?? match[2] ?? '';
    const comment = commentAbove(lines, index);
    if (comment !== undefined && sentence.test(comment)) documented.add(name);
    return documented.has(name) ? [] : [{ line: index + 1, name }];
  });
}

/** Returns the exported functions of a library that no sentence describes. */
export function docProblems(owner: WorkspacePackage): readonly string[] {
  if (!owner.folder.startsWith('libs/')) return [];
  const sources = owner.files.filter((source) => !source.isTest);
  return sources.flatMap(({ file, text }) =>
    undocumentedFunctions(text).map(({ line, name }) => `${file}:${line}: ${name} has no doc comment with a sentence`),
  );
}
