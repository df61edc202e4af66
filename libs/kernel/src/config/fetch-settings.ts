import { SignalError } from '@signal/contracts';
import { z } from 'zod';
import type { Bootstrap } from './bootstrap.ts';

const settingsBody = z.object({ version: z.number().int().nonnegative(), settings: z.record(z.string(), z.string()) });

/** One answer of the config service. */
export type FetchedSettings = Readonly<{ version: number; texts: Readonly<Record<string, string>>; etag: string | undefined }>;

/** What to ask for: with `etag` and `waitS` the call answers when something changed, or `undefined` after the wait. */
export type SettingsQuery = Readonly<{ service: string; signal: AbortSignal; etag?: string | undefined; waitS?: number }>;

/** Returns a service's settings, or `undefined` when they are those of `etag`. Throws `token_invalid` on a refused key, else `config_failed`. */
export async function fetchSettings(bootstrap: Bootstrap, query: SettingsQuery): Promise<FetchedSettings | undefined> {
  const address = new URL(`${bootstrap.CONFIG_SERVICE_URL.replace(/\/$/, '')}/v1/settings`);
  address.searchParams.set('environment', bootstrap.ENVIRONMENT);
  address.searchParams.set('service', query.service);
  if (query.waitS !== undefined && query.etag !== undefined) address.searchParams.set('waitS', String(query.waitS));
  const headers = new Headers({ authorization: `Bearer ${bootstrap.CONFIG_SERVICE_API_KEY}`, accept: 'application/json' });
  if (query.etag !== undefined) headers.set('if-none-match', query.etag);
  const response = await request(address, headers, query.signal);
  if (response.status === 304) {
    await response.body?.cancel();
    return undefined;
  }
  const body = await response.json().catch(() => undefined);
  if (response.status === 401 || response.status === 403)
    throw new SignalError('token_invalid', `the config service at ${address.origin} refused CONFIG_SERVICE_API_KEY with ${response.status}`);
  if (!response.ok) throw new SignalError('config_failed', `the config service at ${address.origin} answered ${response.status}`);
  const parsed = settingsBody.safeParse(body);
  if (!parsed.success)
    throw new SignalError('config_failed', `the config service at ${address.origin} answered no {version, settings}: ${parsed.error.message}`);
  return { version: parsed.data.version, texts: parsed.data.settings, etag: response.headers.get('etag') ?? undefined };
}

async function request(address: URL, headers: Headers, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(address, { headers, signal, redirect: 'error' });
  } catch (cause) {
    throw new SignalError('config_failed', `the config service at ${address.origin} cannot be reached`, { cause });
  }
}
