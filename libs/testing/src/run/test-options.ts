import { SignalError } from '@signal/contracts';
import { parseArgs } from 'node:util';
import type { JestOptions } from './run-jest.ts';

const options = {
  testNamePattern: { type: 'string', short: 't' },
  'no-coverage': { type: 'boolean', default: false },
} as const;

const parse = (argv: readonly string[]) => {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
  } catch (cause) {
    throw new SignalError('usage', cause instanceof Error ? cause.message : String(cause), { cause });
  }
};

/** Returns what `npm test -- [PATTERN…] [-t TITLE] [--no-coverage]` asks for; coverage is measured on whole runs. Throws `usage` on anything else. */
export function testOptions(argv: readonly string[]): JestOptions {
  const { values, positionals } = parse(argv);
  const isWhole = positionals.length === 0 && values.testNamePattern === undefined;
  return { patterns: positionals, title: values.testNamePattern, coverage: isWhole && !values['no-coverage'] };
}
