import { parseArgs } from 'node:util';
import { SignalError } from '@signal/contracts';
import type { Bench } from './bench-context.ts';
import { benchOf } from './benches.ts';

const DEFAULT_ROUNDS = 5;
const MAX_ROUNDS = 100;

const flags = {
  json: { type: 'boolean' },
  assert: { type: 'boolean' },
  rounds: { type: 'string' },
  profile: { type: 'string' },
  help: { type: 'boolean' },
} as const;

/** A command line of `npm run bench`. */
export type BenchCommand =
  | Readonly<{ help: true }>
  | Readonly<{ help: false; bench: Bench; json: boolean; assert: boolean; rounds: number; profileFolder: string | undefined }>;

const parse = (argv: readonly string[]) => {
  try {
    return parseArgs({ args: [...argv], options: flags, allowPositionals: true });
  } catch (cause) {
    throw new SignalError('usage', cause instanceof Error ? cause.message : String(cause), { cause });
  }
};

const roundsOf = (text: string | undefined): number => {
  const rounds = Number(text ?? DEFAULT_ROUNDS);
  if (Number.isInteger(rounds) && rounds >= 1 && rounds <= MAX_ROUNDS) return rounds;
  throw new SignalError('usage', `--rounds is "${text}", and must be a whole number from 1 to ${MAX_ROUNDS}`);
};

/** Returns what a command line asks for, or throws `usage`. */
export function readBenchCommand(argv: readonly string[]): BenchCommand {
  const { values, positionals } = parse(argv);
  if (values.help === true) return { help: true };
  return {
    help: false,
    bench: benchOf(positionals.join(' ')),
    json: values.json === true,
    assert: values.assert === true,
    rounds: roundsOf(values.rounds),
    profileFolder: values.profile,
  };
}
