import { SignalError } from '@signal/contracts';
import { text, url } from '../settings/parsers.ts';
import { parseSettings, type SettingsDefinition, type SettingValues } from '../settings/setting.ts';

/** The three variables from which every service starts. */
export const bootstrapSettings = {
  ENVIRONMENT: { doc: 'Name of the environment, for example local, staging, production', parse: environmentName },
  CONFIG_SERVICE_URL: { doc: 'Base URL of the config service', parse: url('http', 'https') },
  CONFIG_SERVICE_API_KEY: { doc: 'Key that the config service expects as bearer', secret: true, parse: filled },
} satisfies SettingsDefinition;

/** Values of the three variables. */
export type Bootstrap = SettingValues<typeof bootstrapSettings>;

/** The part of `process.env` that a service reads. */
export type BootstrapEnv = Readonly<Record<string, string | undefined>>;

/** Returns the three variables, or throws `setting_missing` or `setting_invalid` naming the one that is wrong. */
export function readBootstrap(env: BootstrapEnv): Bootstrap {
  const names = Object.keys(bootstrapSettings);
  return parseSettings(bootstrapSettings, Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]))));
}

function environmentName(given: string): string {
  if (/^[a-z0-9-]{1,32}$/.test(given)) return given;
  throw new SignalError('setting_invalid', 'must be 1 to 32 of a-z, 0-9 and -');
}

function filled(given: string): string {
  const value = text()(given);
  if (value !== '') return value;
  throw new SignalError('setting_invalid', 'must not be empty');
}
