import { commonSettings, type SettingsDefinition } from '@signal/kernel';

/** Settings of the indicator service. What is computed comes as plans through the log, not from here. */
export const settings = { ...commonSettings } satisfies SettingsDefinition;
