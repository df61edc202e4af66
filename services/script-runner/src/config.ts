import { commonSettings, type SettingsDefinition, url, wholeNumber } from '@signal/kernel';
import { storedLogSettings } from '@signal/store';

/** Settings of the script-runner. */
export const settings = {
  ...commonSettings,
  ...storedLogSettings,
  S3_URL: {
    doc: 'Object store that holds the sources of scripts and large snapshots: http[s]://KEY:SECRET@host:port/bucket',
    secret: true,
    parse: url('http', 'https'),
  },
  SCRIPT_CALL_TIMEOUT_MS: { doc: 'Time that a script has for one bar', default: '50', parse: wholeNumber(5, 1000) },
  SCRIPT_UNRESPONSIVE_MS: {
    doc: 'Processor time beyond that, without an answer, after which the script process is killed',
    default: '150',
    parse: wholeNumber(50, 10_000),
  },
} satisfies SettingsDefinition;
