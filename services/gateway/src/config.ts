import { commonSettings, flag, type SettingsDefinition, type SettingValues, text, url, wholeNumber } from '@signal/kernel';
import { parseJwks } from './auth/verifier.ts';

/** Settings of the gateway. */
export const settings = {
  ...commonSettings,
  HTTP_PORT: { doc: 'Port of HTTP, WebSocket and dashboard; 0 = a free one', default: '8080', parse: wholeNumber(0, 65_535) },
  HTTP_HOST: { doc: 'Address that is listened on', default: '127.0.0.1', parse: text() },
  PUBLIC_URL: { doc: 'URL under which clients reach the gateway; empty = the address listened on', default: '', parse: text() },
  DATABASE_URL: { doc: 'Postgres that the archive writes', secret: true, parse: url('postgres', 'postgresql') },
  S3_URL: { doc: 'Object store, http://KEY:SECRET@host:port/bucket', secret: true, parse: url('http', 'https') },
  JWT_JWKS: { doc: 'Public Ed25519 keys that tokens are checked with, as a JWKS', default: '{"keys":[]}', parse: parseJwks },
  RATE_LIMIT: { doc: 'Requests a second of a user without the entitlement rate:N', default: '1000', parse: wholeNumber(1, 1_000_000) },
  FEED: { doc: 'The feed that runs: replay, push, csv, redis, none', default: 'replay', parse: text() },
  DASHBOARD: { doc: 'Whether the dashboard is served at /', default: 'true', parse: flag() },
} satisfies SettingsDefinition;

/** Values of the gateway's settings. */
export type GatewaySettings = SettingValues<typeof settings>;
