import { type Breakers, type Logger, optional, type SettingsDefinition, url } from '@signal/kernel';
import { connectObjectStore, type ObjectStore } from '../object-store/object-store.ts';
import { connectPostgres } from '../postgres/postgres.ts';
import { readStoredLog, type StoredStretch } from './read-stored-log.ts';
import type { DecodedEntry } from './segment-codec.ts';

/** Setting of a service that reads what the archive stored of the log. */
export const storedLogSettings = {
  DATABASE_URL: {
    doc: 'Postgres of the archive, for partitions that fell behind what Redis keeps of the log; empty = such a one stands still and says so',
    default: '',
    secret: true,
    parse: optional(url('postgres', 'postgresql')),
  },
} satisfies SettingsDefinition;

/** The same for a service that needs the object store for nothing else. */
export const archiveSettings = {
  ...storedLogSettings,
  S3_URL: {
    doc: 'Object store of the archived log: http[s]://KEY:SECRET@host:port/bucket; empty = as without DATABASE_URL',
    default: '',
    secret: true,
    parse: optional(url('http', 'https')),
  },
} satisfies SettingsDefinition;

/** The archived log as services read it; nothing is connected before the first read. */
export interface StoredLog {
  /** Absent without an archive. */
  readonly read: ((stretch: StoredStretch) => AsyncGenerator<readonly DecodedEntry[]>) | undefined;
  close(): Promise<void>;
}

/** Where the archive is, and what stands round the calls to it. The object store stays the caller's. */
export type StoredLogOptions = Readonly<{
  databaseUrl: string | undefined;
  objects: Pick<ObjectStore, 'get'> | undefined;
  log: Logger;
  breakers: Breakers;
}>;

/** Few: the archive itself needs the connections more. */
const POOL_SIZE = 2;

/** Opens the archived log. The caller closes it. */
export function openStoredLog({ databaseUrl, objects, log, breakers }: StoredLogOptions): StoredLog {
  if (databaseUrl === undefined || objects === undefined) return { read: undefined, close: async () => undefined };
  const postgres = connectPostgres({ url: databaseUrl, poolSize: POOL_SIZE, log, breakers });
  return { read: (stretch) => readStoredLog({ postgres, objects }, stretch), close: () => postgres.close() };
}

/** What `archiveSettings` say, and what stands round the calls. */
export type ArchivedLogOptions = Readonly<{
  settings: Readonly<{ DATABASE_URL: string | undefined; S3_URL: string | undefined }>;
  log: Logger;
  breakers: Breakers;
}>;

/** Opens the archived log with an object store of its own. The caller closes it. */
export function openArchivedLog({ settings, log, breakers }: ArchivedLogOptions): StoredLog {
  const { DATABASE_URL: databaseUrl, S3_URL: url } = settings;
  const objects = url === undefined ? undefined : connectObjectStore({ url, breakers });
  const stored = openStoredLog({ databaseUrl, objects, log, breakers });
  return {
    read: stored.read,
    close: async () => {
      await stored.close();
      objects?.close();
    },
  };
}
