import { type Breakers, createBreakers } from '../breaker/breakers.ts';
import { type Bootstrap, type BootstrapEnv, readBootstrap } from '../config/bootstrap.ts';
import { createConfigClient, type OwnedConfigClient } from '../config/config-client.ts';
import { createLogger, type Logger } from '../log/logger.ts';
import { createMetrics } from '../metrics/create-metrics.ts';
import { startOpsServer } from '../ops/ops-server.ts';
import { ownPressure } from '../pressure/own-pressure.ts';
import type { OwnedPressure } from '../pressure/create-pressure.ts';
import { budgetsOf } from '../pressure/pressure-settings.ts';
import type { SettingsDefinition } from '../settings/setting.ts';
import { systemClock } from '../time/clock.ts';
import { withDeadline } from '../time/with-deadline.ts';
import { awaitRoom } from './await-room.ts';
import { memberName } from './member-name.ts';
import { ownProcess, type ProcessLife } from './process-life.ts';
import type { Service, ServiceContext } from './service.ts';

/** What a `main.ts` says about its process. */
export type RunOptions<D extends SettingsDefinition> = Readonly<{
  env: BootstrapEnv;
  argv: readonly string[];
  name: string;
  settings: D;
  create: (context: ServiceContext<D>) => Service | Promise<Service>;
}>;

/** How long the config service may stay away at a start. */
const LOAD_TIMEOUT_MS = 60_000;
/** How long a service may take to become ready. */
const START_TIMEOUT_MS = 120_000;
const CONFIG_CALL_TIMEOUT_MS = 45_000;

/** What the process has opened so far, and how to close it. */
type Opened = { log: Logger; service: Service | undefined; pressure: OwnedPressure | undefined; closers: (() => Promise<void> | void)[] };

/**
 * Runs a service for the life of the process: settings, ops server, start, and on SIGTERM or SIGINT a drain of at most 10 s.
 * Exits 0 after a clean stop, 1 after a failure and 75 after a drain because a budget was used up. A parent with an IPC channel is told the ops URL, and its death stops the service.
 */
export async function runService<D extends SettingsDefinition>(options: RunOptions<D>): Promise<void> {
  const opened: Opened = { log: createLogger({ service: options.name, member: options.name }), service: undefined, pressure: undefined, closers: [] };
  const life = ownProcess({
    log: () => opened.log,
    stop: async () => {
      await opened.service?.stop();
      for (const close of opened.closers.toReversed()) await close();
    },
  });
  try {
    await start(options, opened, life);
  } catch (error) {
    life.fail(error, 'the service could not start');
  }
}

async function start<D extends SettingsDefinition>(options: RunOptions<D>, opened: Opened, life: ProcessLife): Promise<void> {
  const bootstrap = readBootstrap(options.env);
  const member = memberName(options.name, options.argv, process.pid);
  const log = createLogger({ service: options.name, member });
  opened.log = log;
  const metrics = createMetrics({ service: options.name, member, processMetrics: true });
  const breakers = createBreakers({ metrics, log });
  opened.closers.push(() => breakers.close());
  const config = createConfig({ options, bootstrap, log, breakers });
  let internalKey = '';
  const probes = {
    notStarted: () => (life.phase() === 'starting' ? 'starting' : undefined),
    notReady: () => exhaustion(opened.pressure) ?? (life.phase() === 'draining' ? 'draining' : opened.service?.unhealthy()),
  };
  const ops = await startOpsServer({ probes, metrics, internalKey: () => internalKey });
  opened.closers.push(
    () => ops.close(),
    () => config.close(),
  );
  await config.load(LOAD_TIMEOUT_MS);
  followCommon(config, (common) => {
    internalKey = common.internalKey ?? '';
    log.level = common.logLevel ?? log.level;
  });
  config.watch();
  const pressure = ownPressure({
    budgets: () => budgetsOf(config.values),
    log,
    registry: metrics.registry,
    onExhausted: (reason) => life.restart(reason),
  });
  opened.pressure = pressure;
  opened.closers.push(() => pressure.close());
  await awaitRoom(pressure, life);
  pressure.start();
  const context: ServiceContext<D> = {
    name: options.name,
    member,
    environment: bootstrap.ENVIRONMENT,
    settings: config.values,
    config,
    log,
    clock: systemClock,
    metrics,
    breakers,
    pressure,
    ops,
  };
  opened.service = await options.create(context);
  await withDeadline(opened.service.start(), START_TIMEOUT_MS, `the start of ${member}`);
  life.ready({ url: ops.url, member });
}

function exhaustion(pressure: OwnedPressure | undefined): string | undefined {
  return pressure?.level() === 'exhausted' ? pressure.reason() : undefined;
}

type ConfigParts<D extends SettingsDefinition> = Readonly<{ options: RunOptions<D>; bootstrap: Bootstrap; log: Logger; breakers: Breakers }>;

function createConfig<D extends SettingsDefinition>({ options, bootstrap, log, breakers }: ConfigParts<D>): OwnedConfigClient<D> {
  return createConfigClient({
    bootstrap,
    service: options.name,
    settings: options.settings,
    log,
    clock: systemClock,
    guard: (call) => breakers.create({ dependency: 'config', timeoutMs: CONFIG_CALL_TIMEOUT_MS, call }),
  });
}

type Common = Readonly<{ internalKey: string | undefined; logLevel: string | undefined }>;

/** The two common settings that the kernel itself obeys, now and after each change. */
function followCommon<D extends SettingsDefinition>(config: OwnedConfigClient<D>, apply: (common: Common) => void): void {
  const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
  const read = (values: Readonly<Record<string, unknown>>): void =>
    apply({ internalKey: textOf(values['INTERNAL_API_KEY']), logLevel: textOf(values['LOG_LEVEL']) });
  read(config.values);
  config.onChange(read);
}
