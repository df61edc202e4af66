import { SignalError } from '@signal/contracts';

/** One setting: what it means, its text when nobody sets it, and how its text becomes a value. */
export type Setting<T> = Readonly<{
  doc: string;
  /** Text used when the config service has none. Absent = the setting is required. */
  default?: string;
  /** A secret's value never leaves the process: not in a log, not in a status. */
  secret?: boolean;
  /** Returns the value, or throws `setting_invalid` with the words that follow "NAME is "text", and ". */
  parse(text: string): T;
}>;

/** All settings of a service by name. */
export type SettingsDefinition = Readonly<Record<string, Setting<unknown>>>;

/** The values of a definition's settings. */
export type SettingValues<D extends SettingsDefinition> = { readonly [N in keyof D]: ReturnType<D[N]['parse']> };

/** Returns the value of every setting, or throws `setting_missing` or `setting_invalid` naming the setting, its text and its bound. */
export function parseSettings<D extends SettingsDefinition>(definition: D, texts: Readonly<Record<string, string>>): SettingValues<D> {
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(definition)) {
    const text = texts[name] ?? setting.default;
    if (text === undefined) throw new SignalError('setting_missing', `${name} is not set, and has no default: ${setting.doc}`);
    values[name] = parseOne(name, setting, text);
  }
  return values as SettingValues<D>;
}

function parseOne(name: string, setting: Setting<unknown>, text: string): unknown {
  try {
    return setting.parse(text);
  } catch (cause) {
    const shown = setting.secret === true ? 'a secret' : `"${text}"`;
    throw new SignalError('setting_invalid', `${name} is ${shown}, and ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
