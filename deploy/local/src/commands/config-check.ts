import { pathToFileURL } from 'node:url';
import { isSignalError, SignalError } from '@signal/contracts';
import { bootstrapSettings, fetchSettings, parseSettings, readBootstrap, type SettingsDefinition } from '@signal/kernel';
import { type FleetService, fleetServices } from '../fleet/names.ts';
import { serviceConfig } from '../paths.ts';
import { runCommand } from '../run-command.ts';
import { readCommandLine } from './command-line.ts';

const help = `npm run config:check [-- SERVICE]
Reads ENVIRONMENT, CONFIG_SERVICE_URL and CONFIG_SERVICE_API_KEY, asks the config service, and prints each setting's name and provenance,
of every service or of one. No value is printed.
Exit: 0 every service could start from these settings, 1 one could not (its reason is printed), 2 a bad command line.
`;
const TIMEOUT_MS = 10_000;

type Answer = Readonly<{ version: number; texts: Readonly<Record<string, string>> }>;

async function ask(service: string): Promise<Answer> {
  const bootstrap = readBootstrap(process.env);
  const fetched = await fetchSettings(bootstrap, { service, signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (fetched === undefined) throw new SignalError('config_failed', 'the config service answered 304 to a first question');
  return fetched;
}

async function definitionOf(service: string): Promise<SettingsDefinition> {
  const loaded = (await import(pathToFileURL(serviceConfig(service)).href)) as { settings: SettingsDefinition };
  return loaded.settings;
}

/** Prints the provenance of a service's settings; returns why the service could not start, if it could not. */
async function check(service: string): Promise<string | undefined> {
  const definition = await definitionOf(service);
  const { texts, version } = await ask(service);
  for (const [name, setting] of Object.entries(definition)) {
    const source = texts[name] === undefined ? (setting.default === undefined ? 'missing' : 'default') : `config-service version ${version}`;
    process.stdout.write(`${service.padEnd(14)} ${name.padEnd(28)} ${source}${setting.secret === true ? ' (secret)' : ''}\n`);
  }
  try {
    parseSettings(definition, texts);
    return undefined;
  } catch (error) {
    if (isSignalError(error)) return `${service}: ${error.message}`;
    throw error;
  }
}

function chosen(given: string | undefined): readonly FleetService[] {
  if (given === undefined) return fleetServices;
  const service = fleetServices.find((candidate) => candidate === given);
  if (service === undefined) throw new SignalError('usage', `"${given}" is not a service; they are ${fleetServices.join(', ')}`);
  return [service];
}

await runCommand(async () => {
  const line = readCommandLine({}, help, { words: 1 });
  if (line === undefined) return;
  const services = chosen(line.words[0]);
  readBootstrap(process.env);
  for (const name of Object.keys(bootstrapSettings)) process.stdout.write(`${'all'.padEnd(14)} ${name.padEnd(28)} env\n`);
  const problems: string[] = [];
  for (const service of services) problems.push(...[await check(service)].filter((problem) => problem !== undefined));
  if (problems.length > 0) throw new SignalError('setting_invalid', problems.join('; '));
});
