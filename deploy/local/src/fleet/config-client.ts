import { SignalError } from '@signal/contracts';
import { fetchSettings } from '@signal/kernel';

/** Where a config service is. */
export type ConfigAddress = Readonly<{ url: string; apiKey: string; environment: string }>;

const TIMEOUT_MS = 10_000;

/** Puts settings of an environment, all services' or one's, into a config service. */
export async function putSettings(address: ConfigAddress, settings: Readonly<Record<string, string | null>>, service = '*'): Promise<void> {
  const target = new URL(`${address.url}/v1/settings`);
  target.searchParams.set('environment', address.environment);
  target.searchParams.set('service', service);
  const response = await fetch(target, {
    method: 'PUT',
    headers: { authorization: `Bearer ${address.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ settings, comment: 'start of the fleet' }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const body = await response.text();
  if (!response.ok)
    throw new SignalError('config_failed', `the config service answered ${response.status} to the fleet's settings: ${body.slice(0, 500)}`);
}

/** Returns the settings that a service gets from a config service. */
export async function getSettings(address: ConfigAddress, service: string): Promise<Readonly<Record<string, string>>> {
  const bootstrap = { ENVIRONMENT: address.environment, CONFIG_SERVICE_URL: address.url, CONFIG_SERVICE_API_KEY: address.apiKey };
  const fetched = await fetchSettings(bootstrap, { service, signal: AbortSignal.timeout(TIMEOUT_MS) });
  return fetched?.texts ?? {};
}
