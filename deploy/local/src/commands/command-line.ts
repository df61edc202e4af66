import { type FlagOptions, parseLine, type ParsedLine } from '../flags/parse-options.ts';

/** Returns the flags of a command, or `undefined` after printing its help. */
export function readCommandLine(options: FlagOptions, help: string, most: Readonly<{ words: number }> = { words: 0 }): ParsedLine | undefined {
  const line = parseLine(process.argv.slice(2), { ...options, help: { type: 'boolean' } }, most);
  if (line.flags['help'] !== true) return line;
  process.stdout.write(help);
  return undefined;
}

/** Returns a flag's text, or what it is when the flag is absent. */
export function textFlag(line: ParsedLine, name: string, absent: string): string {
  const given = line.flags[name];
  return typeof given === 'string' ? given : absent;
}
