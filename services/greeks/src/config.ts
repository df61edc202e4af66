import { commonSettings, type SettingsDefinition } from '@signal/kernel';
import { archiveSettings } from '@signal/store';

/** Settings of the greeks service. What changes a value travels in the log, not here. */
export const settings = { ...commonSettings, ...archiveSettings } satisfies SettingsDefinition;
