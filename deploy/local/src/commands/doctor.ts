import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SignalError } from '@signal/contracts';
import type { ParsedLine } from '../flags/parse-options.ts';
import { examine, type Patient } from '../doctor/examine.ts';
import type { Finding } from '../doctor/finding.ts';
import { runCommand } from '../run-command.ts';
import { readCommandLine, textFlag } from './command-line.ts';

const help = `npm run doctor -- [flags]
Checks whether a fleet, and what it stands on, is set up to be trusted: a line per check, pass, warn or fail, and what to do.

  --data DIR     the running fleet of a data directory (.data)
  --url URL      a fleet behind its gateway, with
  --token JWT    a token with the role operator or admin
                 without either: the fleet of .data when one runs, else of ENVIRONMENT, CONFIG_SERVICE_URL and CONFIG_SERVICE_API_KEY
  --json         {"ok","checks":[{"id","status","detail","advice"}]}
  --help         this text

Exit: 0 nothing failed, 1 a check failed or there is no fleet, 2 a bad command line.
`;
const value = { type: 'string' } as const;
const DATA = '.data';

function patientOf(line: ParsedLine): Patient {
  const { data, token, url } = line.flags;
  if (typeof url === 'string') {
    if (typeof token !== 'string' || token === '') throw new SignalError('usage', '--url needs --token JWT, of an operator or admin');
    if (data !== undefined) throw new SignalError('usage', '--url and --data name two fleets; give one');
    return { kind: 'gateway', url, token };
  }
  if (token !== undefined) throw new SignalError('usage', '--token needs --url, the gateway that it is for');
  const folder = textFlag(line, 'data', DATA);
  const isInFolder = data !== undefined || existsSync(join(folder, 'run.json')) || process.env['CONFIG_SERVICE_URL'] === undefined;
  return isInFolder ? { kind: 'folder', data: folder } : { kind: 'environment', env: process.env };
}

function lineOf({ advice, detail, id, status }: Finding): string {
  return `${status.padEnd(5)} ${id.padEnd(22)} ${detail}${advice === '' ? '' : `\n${' '.repeat(29)}→ ${advice}`}`;
}

await runCommand(async () => {
  const line = readCommandLine({ data: value, url: value, token: value, json: { type: 'boolean' } }, help);
  if (line === undefined) return;
  const checks = await examine(patientOf(line));
  const ok = checks.every(({ status }) => status !== 'fail');
  process.stdout.write(`${line.flags['json'] === true ? JSON.stringify({ ok, checks }) : checks.map(lineOf).join('\n')}\n`);
  process.exitCode = ok ? 0 : 1;
});
