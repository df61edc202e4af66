import { commonSettings, type SettingsDefinition, url, wholeNumber } from '@signal/kernel';

/** Settings of the archive service. */
export const settings = {
  ...commonSettings,
  DATABASE_URL: {
    doc: 'Postgres (>= 14) that holds bars, signals and positions; TLS as its sslmode says',
    secret: true,
    parse: url('postgres', 'postgresql'),
  },
  S3_URL: { doc: 'Object store of the log: http[s]://KEY:SECRET@host:port/bucket', secret: true, parse: url('http', 'https') },
  ARCHIVE_FLUSH_MS: { doc: 'Wait between two looks for new entries, when the last one found few', default: '250', parse: wholeNumber(1, 60_000) },
  ARCHIVE_BATCH_ENTRIES: {
    doc: 'Entries that one transaction takes from a topic of a partition at most',
    default: '200',
    parse: wholeNumber(1, 10_000),
  },
  ARCHIVE_SEGMENT_BYTES: {
    doc: 'Size before compression above which a segment of the log is closed within its hour',
    default: '16777216',
    parse: wholeNumber(1024, 134_217_728),
  },
} satisfies SettingsDefinition;
