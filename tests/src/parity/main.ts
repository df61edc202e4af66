import path from 'node:path';
import { parseArgs } from 'node:util';
import { isSignalError, SignalError } from '@signal/contracts';
import { checkIndicators } from './indicators.ts';
import { checkOptions } from './options.ts';
import type { ParityCount, ParityRequest } from './report.ts';

const USAGE = `npm run parity -- indicators --goldens DIR [--data DIR] [--ids a,b] [--json]
npm run parity -- options --goldens DIR [--ids bsm,black76] [--json]
Runs a folder of golden files, prints each miss and closes with "N passed, N failed".
  --goldens DIR  the folder
  --data DIR     the bars of the indicators' goldens (default DIR/../data)
  --ids a,b      only these (options: file names without suffix)
  --json         print the counts alone, as JSON
Exit: 0 when all of at least one passed, 1 when one failed or none ran, 2 for a bad command line or an unreadable folder.
`;
const EXIT_USAGE = 2;

const checks: Readonly<Record<string, (request: ParityRequest) => ParityCount>> = { indicators: checkIndicators, options: checkOptions };

const flags = {
  goldens: { type: 'string' },
  data: { type: 'string' },
  ids: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

type Command =
  | Readonly<{ help: true }>
  | Readonly<{ help: false; check: (request: ParityRequest) => ParityCount; request: ParityRequest; json: boolean }>;

const readCommand = (argv: readonly string[]): Command => {
  const { values, positionals } = parseArgs({ args: [...argv], options: flags, allowPositionals: true });
  if (values.help === true) return { help: true };
  const [name = '', ...others] = positionals;
  const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
  if (check === undefined || others.length > 0)
    throw new SignalError('usage', `parity is asked for "${positionals.join(' ')}", and must be asked for indicators or options`);
  if (values.goldens === undefined) throw new SignalError('usage', '--goldens is missing, and must name a folder');
  const json = values.json === true;
  const request: ParityRequest = {
    goldens: values.goldens,
    data: values.data ?? path.join(values.goldens, '..', 'data'),
    ids:
      values.ids === undefined
        ? undefined
        : new Set(
            values.ids
              .split(',')
              .map((id) => id.trim())
              .filter((id) => id !== ''),
          ),
    print: (line) => {
      if (!json) process.stdout.write(`${line}\n`);
    },
  };
  return { help: false, check, request, json };
};

/** Runs one command line and returns its exit code. */
const run = (argv: readonly string[]): number => {
  const command = readCommand(argv);
  if (command.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const { passed, failed } = command.check(command.request);
  process.stdout.write(command.json ? `${JSON.stringify({ passed, failed })}\n` : `${passed} passed, ${failed} failed\n`);
  return failed === 0 && passed > 0 ? 0 : 1;
};

try {
  process.exitCode = run(process.argv.slice(2));
} catch (error) {
  // Only the command line and the folder itself can fail here: a file that cannot be read is a failed case.
  const reason = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${reason}${isSignalError(error, 'usage') ? '; see --help' : ''}\n`);
  process.exitCode = EXIT_USAGE;
}
