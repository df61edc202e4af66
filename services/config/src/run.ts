import { awaitRoom, budgetsOf, createLogger, createMetrics, ownPressure, type OwnedPressure, ownProcess, systemClock } from '@signal/kernel';
import { readSettings } from './config.ts';
import { type ConfigService, createConfigService } from './service.ts';

/** Runs the config service for the life of the process; exits 0 after a clean stop, 1 after a failure, 75 when a budget is used up. */
export async function runConfigService({ argv, apiKey }: Readonly<{ argv: readonly string[]; apiKey: string | undefined }>): Promise<void> {
  let log = createLogger({ service: 'config', member: 'config' });
  let service: ConfigService | undefined;
  let pressure: OwnedPressure | undefined;
  const life = ownProcess({
    log: () => log,
    stop: async () => {
      await service?.stop();
      pressure?.close();
    },
  });
  try {
    const settings = readSettings(argv, apiKey);
    log = createLogger({ service: 'config', member: settings.member });
    service = createConfigService({ settings, log, clock: systemClock });
    // It has no config service to ask: its budgets are the defaults.
    pressure = ownPressure({
      budgets: () => budgetsOf({}),
      log,
      registry: createMetrics({ service: 'config', member: settings.member }).registry,
      folders: [settings.data],
      onExhausted: (reason) => life.restart(reason),
    });
    await awaitRoom(pressure, life);
    await service.start();
    pressure.start();
    life.ready({ url: service.url(), member: settings.member });
  } catch (error) {
    life.fail(error, 'the service could not start');
  }
}
