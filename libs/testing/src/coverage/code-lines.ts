import { stripTypeScriptTypes } from 'node:module';

const blockComment = /^[ \t]*\/\*[^]*?\*\//gm;
const blank = (text: string): string => text.replace(/[^\n]/g, ' ');
/** Lines that run nothing by themselves: closing brackets and re-exports. */
const inert = /^[\s)\]};,]*$|^\s*\/\/|^export \* from /;

/** Returns the numbers (from 1) of the lines of a TypeScript text that hold code: no blanks, comments, types or lone closing brackets. */
export function codeLines(text: string): ReadonlySet<number> {
  const code = stripTypeScriptTypes(text, { mode: 'strip' }).replace(blockComment, blank);
  return new Set(code.split('\n').flatMap((line, index) => (inert.test(line) ? [] : [index + 1])));
}
