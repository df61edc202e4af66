import { commonSettings, type SettingsDefinition } from '@signal/kernel';

/** Settings of the greeks service. What changes a value travels in the log, not here. */
export const settings = { ...commonSettings } satisfies SettingsDefinition;
