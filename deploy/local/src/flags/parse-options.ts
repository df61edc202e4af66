import { parseArgs, type ParseArgsConfig } from 'node:util';
import { SignalError } from '@signal/contracts';

/** Flags by name, as `parseArgs` takes them. */
export type FlagOptions = NonNullable<ParseArgsConfig['options']>;

/** What the command line says: flags by name, then the words that are no flag. */
export type ParsedLine = Readonly<{ flags: Readonly<Record<string, string | boolean | undefined>>; words: readonly string[] }>;

/** Returns the flags of a command line, or throws `usage` naming the one that is unknown, repeated or without a value. */
export function parseLine(argv: readonly string[], options: FlagOptions, most: Readonly<{ words: number }> = { words: 0 }): ParsedLine {
  const { values, positionals, tokens } = parse(argv, options);
  const seen = new Set<string>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    if (seen.has(token.name)) throw new SignalError('usage', `--${token.name} is given twice`);
    seen.add(token.name);
  }
  const surplus = positionals[most.words];
  if (surplus !== undefined) throw new SignalError('usage', `"${surplus}" is not a flag; --help lists them`);
  return { flags: values as ParsedLine['flags'], words: positionals };
}

type Parsed = ReturnType<typeof parseArgs<{ args: string[]; options: FlagOptions; allowPositionals: true; tokens: true }>>;

function parse(argv: readonly string[], options: FlagOptions): Parsed {
  try {
    return parseArgs({ args: joinNegatives(argv), options, strict: true, allowPositionals: true, tokens: true });
  } catch (cause) {
    throw new SignalError('usage', cause instanceof Error ? firstSentence(cause.message) : String(cause), { cause });
  }
}

/** `--ttl -60s`: node takes a value that begins with a dash only when it is joined to its flag. */
function joinNegatives(argv: readonly string[]): string[] {
  const joined: string[] = [];
  for (const word of argv) {
    const last = joined.at(-1);
    if (/^-\d/.test(word) && last !== undefined && /^--[a-z-]+$/.test(last)) joined[joined.length - 1] = `${last}=${word}`;
    else joined.push(word);
  }
  return joined;
}

function firstSentence(message: string): string {
  return `${message.split(/\.\s/)[0] ?? message}; --help lists the flags`;
}
