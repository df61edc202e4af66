import { parseArgs } from 'node:util';
import { SignalError } from '@signal/contracts';
import { parseSettings, type SettingsDefinition, type SettingValues, wholeNumber } from '@signal/kernel';

/** The config service's own settings. It is the one service that cannot ask itself: they come from its command line and one variable. */
export const settings = {
  data: { doc: '--data DIR: folder of the settings and of the key that encrypts them', parse: filled },
  port: { doc: '--port N: loopback port; 0 = a free one', default: '0', parse: wholeNumber(0, 65_535) },
  member: { doc: '--member NAME: name in the log', default: 'config-1', parse: filled },
  CONFIG_SERVICE_API_KEY: { doc: 'Key that callers present as bearer, at least 16 characters', secret: true, parse: longKey },
} satisfies SettingsDefinition;

/** Values of the config service's settings. */
export type ConfigServiceSettings = SettingValues<typeof settings>;

/** Returns the settings from the command line and the key, or throws `usage`, `setting_missing` or `setting_invalid`. */
export function readSettings(argv: readonly string[], apiKey: string | undefined): ConfigServiceSettings {
  const flags = parseFlags(argv);
  const given = Object.entries({ ...flags, CONFIG_SERVICE_API_KEY: apiKey });
  return parseSettings(settings, Object.fromEntries(given.flatMap(([name, text]) => (text === undefined ? [] : [[name, text]]))));
}

function parseFlags(argv: readonly string[]): Readonly<Record<string, string | undefined>> {
  const option = { type: 'string' } as const;
  try {
    return parseArgs({ args: [...argv], options: { data: option, port: option, member: option }, strict: true }).values;
  } catch (cause) {
    throw new SignalError('usage', cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function filled(text: string): string {
  if (text !== '') return text;
  throw new SignalError('setting_invalid', 'must not be empty');
}

function longKey(text: string): string {
  if (text.length >= 16) return text;
  throw new SignalError('setting_invalid', 'must have at least 16 characters');
}
