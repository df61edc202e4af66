import { join } from 'node:path';
import type { Secrets } from '../data/secrets.ts';
import { freePort } from '../process/free-port.ts';
import type { ConfigAddress } from './config-client.ts';
import { LOCAL_ENVIRONMENT } from './environment.ts';
import type { Fleet } from './fleet.ts';
import { memberSpec } from './member.ts';

/** What the config service is started from. */
export type ConfigInput = Readonly<{ fleet: Fleet; folder: string; logs: string; secrets: Secrets; inherited: Readonly<Record<string, string>> }>;

/** Starts the config service of this fleet; after a death it comes back at the same address. */
export async function startConfig({ fleet, folder, inherited, logs, secrets }: ConfigInput): Promise<ConfigAddress> {
  const port = await freePort();
  const member = 'config-1';
  const args = ['--data', join(folder, 'config'), '--port', String(port), '--member', member];
  const env = { ...inherited, CONFIG_SERVICE_API_KEY: secrets.configApiKey };
  const url = await fleet.startMember('config', memberSpec({ service: 'config', member, args, probe: '/livez' }, { logs, env }));
  return { url, apiKey: secrets.configApiKey, environment: LOCAL_ENVIRONMENT };
}
