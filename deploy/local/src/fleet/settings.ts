import type { Marker } from '../data/marker.ts';
import type { Secrets } from '../data/secrets.ts';
import { replaySpan, type StartFlags } from '../flags/start-flags.ts';

/** Where the backends are. */
export type BackendUrls = Readonly<{ redisUrl: string; databaseUrl: string; s3Url: string }>;

/** Everything from which the fleet's settings follow. */
export type SettingsInput = Readonly<{
  flags: StartFlags;
  marker: Marker;
  secrets: Secrets;
  urls: BackendUrls;
  jwks: string;
  defaultScripts: string;
}>;

/** Settings of all services of the local environment; `null` takes one away that an earlier start had. */
export function fleetSettings(input: SettingsInput): Readonly<Record<string, string | null>> {
  const { flags, marker, secrets, urls } = input;
  return {
    REDIS_URL: urls.redisUrl,
    DATABASE_URL: urls.databaseUrl,
    S3_URL: urls.s3Url,
    PARTITIONS: String(marker.partitions),
    INTERNAL_API_KEY: secrets.internalApiKey,
    JWT_JWKS: input.jwks,
    HTTP_PORT: String(flags.port),
    DASHBOARD: String(flags.dashboard),
    DEFAULT_SCRIPTS: input.defaultScripts,
    ...feedSettings(flags, marker),
  };
}

function feedSettings(flags: StartFlags, marker: Marker): Readonly<Record<string, string | null>> {
  const { feed } = flags;
  const span = replaySpan(flags);
  const isReplay = feed.kind === 'replay';
  return {
    FEED: feed.kind === 'csv' ? `csv:${feed.path}` : feed.kind,
    FEED_SPEED: flags.speed,
    FEED_FROM: isReplay ? (marker.from ?? span.from) : null,
    FEED_TO: isReplay ? (span.end ?? null) : null,
    FEED_ONCE: String(flags.once),
    FEED_INTERVAL: flags.interval ?? null,
    FEED_INSTRUMENT: flags.instrument ?? null,
  };
}
