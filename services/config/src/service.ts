import { once } from 'node:events';
import { createServer } from 'node:http';
import { SignalError } from '@signal/contracts';
import type { Clock, Logger, Service } from '@signal/kernel';
import type { ConfigServiceSettings } from './config.ts';
import { createApp } from './http/app.ts';
import { openSettingsStore } from './settings/settings-store.ts';

/** The config service and, once started, its address. */
export interface ConfigService extends Service {
  url(): string;
}

/** Returns the config service over the settings in its data folder. */
export function createConfigService(deps: Readonly<{ settings: ConfigServiceSettings; log: Logger; clock: Clock }>): ConfigService {
  const { clock, log, settings } = deps;
  const { app, releaseAll } = createApp({ store: openSettingsStore(settings.data, clock), apiKey: settings.CONFIG_SERVICE_API_KEY, log });
  const server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000 }, app);
  return {
    name: 'config',
    start: async () => {
      server.listen(settings.port, '127.0.0.1');
      try {
        await once(server, 'listening');
      } catch (cause) {
        throw new SignalError('port_in_use', `port ${settings.port} cannot be opened on 127.0.0.1`, { cause });
      }
    },
    stop: async () => {
      releaseAll();
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      await closed;
    },
    unhealthy: () => (server.listening ? undefined : 'not listening'),
    url: () => {
      const address = server.address();
      return address === null || typeof address === 'string' ? '' : `http://127.0.0.1:${address.port}`;
    },
  };
}
