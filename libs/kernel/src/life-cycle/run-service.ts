import { type Breakers, createBreakers } from '../breaker/breakers.ts';
import { type Bootstrap, type BootstrapEnv, readBootstrap } from '../config/bootstrap.ts';
import { createConfigClient, type OwnedConfigClient } from '../config/config-client.ts';
import { createLogger, type Logger } from '../log/logger.ts';
import { createMetrics } from '../metrics/create-metrics.ts';
import { type OpsServer, startOpsServer } from '../ops/ops-server.ts';
import type { SettingsDefinition } from '../settings/setting.ts';
import { systemClock } from '../time/clock.ts';
import { withDeadline } from '../time/with-deadline.ts';
import { memberName } from './member-name.ts';
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
/** How long the work in hand may take after SIGTERM. */
const DRAIN_TIMEOUT_MS = 10_000;
const CONFIG_CALL_TIMEOUT_MS = 45_000;

type Phase = 'starting' | 'ready' | 'draining';
type Process = { phase: Phase; service: Service | undefined; log: Logger; ops: OpsServer | undefined; config: { close(): Promise<void> } | undefined; breakers: Breakers | undefined };

/**
 * Runs a service for the life of the process: settings, ops server, start, and on SIGTERM or SIGINT a drain of at most 10 s.
 * Exits 0 after a clean stop and 1 after a failure. A parent with an IPC channel is told the ops URL, and its death stops the service.
 */
export async function runService<D extends SettingsDefinition>(options: RunOptions<D>): Promise<void> {
  const own: Process = {
    phase: 'starting',
    service: undefined,
    log: createLogger({ service: options.name, member: options.name }),
    ops: undefined,
    config: undefined,
    breakers: undefined,
  };
  process.once('uncaughtException', (error) => fail(own, error, 'uncaught exception'));
  process.once('unhandledRejection', (error) => fail(own, error, 'unhandled rejection'));
  try {
    await start(options, own);
  } catch (error) {
    if (own.phase !== 'draining') fail(own, error, 'the service could not start');
  }
}

async function start<D extends SettingsDefinition>(options: RunOptions<D>, own: Process): Promise<void> {
  const bootstrap = readBootstrap(options.env);
  const member = memberName(options.name, options.argv, process.pid);
  const log = createLogger({ service: options.name, member });
  const metrics = createMetrics({ service: options.name, member, processMetrics: true });
  const breakers = createBreakers({ metrics, log });
  const config = createConfig({ options, bootstrap, log, breakers });
  Object.assign(own, { log, breakers, config });
  let loaded = false;
  const internalKey = (): string => (loaded ? String((config.values as Readonly<Record<string, unknown>>)['INTERNAL_API_KEY'] ?? '') : '');
  const probes = {
    notStarted: () => (own.phase === 'starting' ? 'starting' : undefined),
    notReady: () => (own.phase === 'draining' ? 'draining' : own.service?.unhealthy()),
  };
  own.ops = await startOpsServer({ probes, metrics, internalKey });
  stopOnSignals(own);
  await config.load(LOAD_TIMEOUT_MS);
  loaded = true;
  followLogLevel(config, log);
  config.watch();
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
    ops: own.ops,
  };
  own.service = await options.create(context);
  await withDeadline(own.service.start(), START_TIMEOUT_MS, `the start of ${member}`);
  if (own.phase === 'starting') own.phase = 'ready';
  log.info({ url: own.ops.url }, 'ready');
  process.send?.({ type: 'ops', url: own.ops.url, member });
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

function followLogLevel<D extends SettingsDefinition>(config: OwnedConfigClient<D>, log: Logger): void {
  const apply = (values: Readonly<Record<string, unknown>>): void => {
    const level = values['LOG_LEVEL'];
    if (typeof level === 'string') log.level = level;
  };
  apply(config.values);
  config.onChange(apply);
}

function stopOnSignals(own: Process): void {
  const drain = (reason: string): void => {
    if (own.phase === 'draining') return;
    own.phase = 'draining';
    void stop(own, reason);
  };
  process.on('SIGTERM', () => drain('SIGTERM'));
  process.on('SIGINT', () => drain('SIGINT'));
  // A parent that started us over an IPC channel and dies leaves nobody to stop us.
  if (process.send !== undefined) process.once('disconnect', () => drain('parent gone'));
}

async function stop(own: Process, reason: string): Promise<void> {
  own.log.info({ reason }, 'draining');
  try {
    await withDeadline(own.service?.stop() ?? Promise.resolve(), DRAIN_TIMEOUT_MS, `the drain of ${own.service?.name ?? 'the service'}`);
    await own.config?.close();
    own.breakers?.close();
    await own.ops?.close();
  } catch (error) {
    return fail(own, error, 'the drain failed');
  }
  own.log.info('stopped');
  process.exit(0);
}

function fail(own: Process, error: unknown, what: string): void {
  own.log.fatal({ err: error }, what);
  process.exit(1);
}
