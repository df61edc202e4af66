import { isSignalError } from '@signal/contracts';
import { readBenchCommand } from './bench-command.ts';
import { jsonLinesOf, tableOf } from './print-figures.ts';

const USAGE = `npm run bench -- NAME [--json] [--assert] [--rounds N] [--profile DIR]
Measures a part of the system beside its rivals, in rounds that take turns, and prints the medians.
  NAME           bus jobs indicators options scripts gateway websocket pipeline limits
  --json         a JSON line per figure
  --assert       exit 1 when a figure misses its target
  --rounds N     rounds (default 5)
  --profile DIR  the measured members leave CPU profiles there
Exit: 0 measured, 1 failed or (with --assert) a target missed, 2 bad command line.
`;
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

/** Runs one command line and returns its exit code. */
const run = async (argv: readonly string[]): Promise<number> => {
  const command = readBenchCommand(argv);
  if (command.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const { json, rounds, profileFolder } = command;
  const progress = (text: string): void => {
    if (!json) process.stderr.write(`${text}\n`);
  };
  const figures = await command.bench({ rounds, profileFolder, progress });
  process.stdout.write(json ? jsonLinesOf(figures) : tableOf(figures));
  return command.assert && figures.some(({ pass }) => pass === false) ? EXIT_FAILED : 0;
};

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}${isSignalError(error, 'usage') ? '; see --help' : ''}\n`);
  process.exitCode = isSignalError(error, 'usage') ? EXIT_USAGE : EXIT_FAILED;
}
