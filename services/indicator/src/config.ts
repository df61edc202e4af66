import { commonSettings, type SettingsDefinition, url } from '@signal/kernel';
import { storedLogSettings } from '@signal/store';

/** Settings of the indicator service. What is computed comes as plans through the log, not from here. */
export const settings = {
  ...commonSettings,
  ...storedLogSettings,
  S3_URL: { doc: 'Object store of snapshots above 1 MiB: http[s]://KEY:SECRET@host:port/bucket', secret: true, parse: url('http', 'https') },
} satisfies SettingsDefinition;
