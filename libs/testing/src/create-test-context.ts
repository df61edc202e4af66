import {
  calm,
  type Clock,
  createBreakers,
  createLogger,
  createMetrics,
  createStaticConfig,
  type Logger,
  type Ops,
  type Pressure,
  type ServiceContext,
  type SettingsDefinition,
} from '@signal/kernel';
import { Router } from 'express';
import { fakeClock } from './fake-clock.ts';

/** What a test says of the process that it plays: `texts` are setting texts over the defaults. */
export type TestContextOptions<D extends SettingsDefinition> = Readonly<{
  service: string;
  settings: D;
  texts?: Readonly<Record<string, string>>;
  member?: string;
  clock?: Clock;
  log?: Logger;
  ops?: Ops;
  pressure?: Pressure;
}>;

/** Returns the context that `runService` would hand to a service, without a process, a config service or a listener. */
export function createTestContext<D extends SettingsDefinition>(options: TestContextOptions<D>): ServiceContext<D> {
  const { service, settings, texts = {}, member = `${service}-test` } = options;
  const log = options.log ?? createLogger({ service, member, level: 'silent' });
  const metrics = createMetrics({ service, member });
  const config = createStaticConfig(settings, texts);
  return {
    name: service,
    member,
    environment: 'test',
    settings: config.values,
    config,
    log,
    clock: options.clock ?? fakeClock(),
    metrics,
    breakers: createBreakers({ metrics, log }),
    pressure: options.pressure ?? calm,
    ops: options.ops ?? { app: Router(), url: 'http://127.0.0.1:0' },
  };
}
