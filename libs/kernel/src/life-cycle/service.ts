import type { Pressure } from '../pressure/pressure.ts';
import type { Breakers } from '../breaker/breakers.ts';
import type { ConfigClient } from '../config/config-client.ts';
import type { Logger } from '../log/logger.ts';
import type { Metrics } from '../metrics/create-metrics.ts';
import type { Ops } from '../ops/ops-server.ts';
import type { SettingsDefinition, SettingValues } from '../settings/setting.ts';
import type { Clock } from '../time/clock.ts';

/** Everything that a process runs. One instance per process; `runService` owns its life. */
export interface Service {
  readonly name: string;
  /** Resolves once the service can take work. A rejection stops the process with a non-zero code. */
  start(): Promise<void>;
  /** Finishes the work in hand, acknowledges it, closes connections. Called once, on SIGTERM or SIGINT. */
  stop(): Promise<void>;
  /** `undefined` when healthy, else the reason in words. */
  unhealthy(): string | undefined;
}

/** What `runService` hands to a service. */
export type ServiceContext<D extends SettingsDefinition = SettingsDefinition> = Readonly<{
  name: string;
  member: string;
  environment: string;
  /** The values at start; `config.values` has the current ones. */
  settings: SettingValues<D>;
  config: ConfigClient<D>;
  log: Logger;
  clock: Clock;
  metrics: Metrics;
  breakers: Breakers;
  /** How near this process is to the end of its means. */
  pressure: Pressure;
  ops: Ops;
}>;
