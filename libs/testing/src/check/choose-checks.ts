import { SignalError } from '@signal/contracts';
import { parseArgs } from 'node:util';
import type { Check } from './check.ts';

const parse = (argv: readonly string[]): string | undefined => {
  try {
    return parseArgs({ args: [...argv], options: { only: { type: 'string' } }, strict: true }).values.only;
  } catch (cause) {
    throw new SignalError('usage', cause instanceof Error ? cause.message : String(cause), { cause });
  }
};

/** Returns the checks that the command line asks for: all, or those of `--only NAME[,NAME]`. Throws `usage` on anything else. */
export function chooseChecks(argv: readonly string[], checks: readonly Check[]): readonly Check[] {
  const only = parse(argv);
  if (only === undefined) return checks;
  return only.split(',').map((name) => {
    const check = checks.find((candidate) => candidate.name === name);
    if (check === undefined) throw new SignalError('usage', `--only is "${name}", and must be of ${checks.map((known) => known.name).join(', ')}`);
    return check;
  });
}
