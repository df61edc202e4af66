import { parseSettings, type SettingsDefinition } from '../settings/setting.ts';
import type { ConfigClient } from './config-client.ts';

/** Returns a config client whose settings are `texts` over the defaults and never change: for tests and for the config service itself. */
export function createStaticConfig<D extends SettingsDefinition>(settings: D, texts: Readonly<Record<string, string>>): ConfigClient<D> {
  const values = parseSettings(settings, texts);
  const rows = Object.entries(settings).map(([name, setting]) => ({
    name,
    source: texts[name] === undefined ? ('default' as const) : ('env' as const),
    version: 0,
    ageMs: 0,
    secret: setting.secret === true,
  }));
  return { values, status: () => ({ connected: true, version: 0, ageMs: 0, settings: rows }), onChange: () => () => undefined };
}
