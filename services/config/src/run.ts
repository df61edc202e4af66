import { createLogger, ownProcess, systemClock } from '@signal/kernel';
import { readSettings } from './config.ts';
import { type ConfigService, createConfigService } from './service.ts';

/** Runs the config service for the life of the process; exits 0 after a clean stop, 1 after a failure. */
export async function runConfigService({ argv, apiKey }: Readonly<{ argv: readonly string[]; apiKey: string | undefined }>): Promise<void> {
  let log = createLogger({ service: 'config', member: 'config' });
  let service: ConfigService | undefined;
  const life = ownProcess({ log: () => log, stop: async () => service?.stop() });
  try {
    const settings = readSettings(argv, apiKey);
    log = createLogger({ service: 'config', member: settings.member });
    service = createConfigService({ settings, log, clock: systemClock });
    await service.start();
    life.ready({ url: service.url(), member: settings.member });
  } catch (error) {
    life.fail(error, 'the service could not start');
  }
}
