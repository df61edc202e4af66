import { setTimeout as wait } from 'node:timers/promises';
import { appendInbox, type Bus, createLetterDesk, createLetterWatch, openBus, createTail } from '@signal/bus';
import { SignalError } from '@signal/contracts';
import { catalogue } from '@signal/indicators';
import type { Service, ServiceContext } from '@signal/kernel';
import { connectObjectStore, connectPostgres, type ObjectStore, type Postgres } from '@signal/store';
import { createVerifier } from './auth/verifier.ts';
import type { settings } from './config.ts';
import { redisConsumers } from './data/consumers.ts';
import { createCursorSigner } from './data/cursor.ts';
import type { Dependency } from './data/health.ts';
import { auditedLetters } from './data/letters.ts';
import { createPlanner } from './data/planner.ts';
import { createSandboxReader } from './data/sandbox.ts';
import { redisPlacementOrders } from './data/placement-orders.ts';
import { fleetServices, redisFleet } from './data/redis-fleet.ts';
import { redisLatest, redisStreams } from './data/redis-source.ts';
import { storedHistory } from './data/stored-history.ts';
import type { Inbox } from './data/inbox.ts';
import type { GatewayDeps } from './deps.ts';
import { createEdge } from './gateway.ts';
import { closeServer, listen } from './http/server.ts';
import { type RunningWatch, watchLetters } from './watch-letters.ts';
import { createPresence, type Presence } from './presence.ts';
import { createShedder } from './shedding/shedder.ts';
import { startBeats } from './websocket/beats.ts';

type Context = ServiceContext<typeof settings>;
type Backends = Readonly<{ bus: Bus; postgres: Postgres; objects: ObjectStore }>;
/** What the process shows of itself: filled in once it listens. */
type Status = { url: string; notReady: string | undefined };

/** How long running requests and sockets are waited for. */
const DRAIN_MS = 5_000;
const RETRY_AFTER_MS = 1_000;

const openBackends = async (context: Context): Promise<Backends> => ({
  bus: await openBus(context),
  postgres: connectPostgres({ url: context.settings.DATABASE_URL, log: context.log, breakers: context.breakers }),
  objects: connectObjectStore({ url: context.settings.S3_URL, breakers: context.breakers }),
});

const requireConnected = (isConnected: boolean): Promise<void> =>
  isConnected ? Promise.resolve() : Promise.reject(new SignalError('config_failed', 'the config service does not answer'));

const dependenciesOf = (context: Context, { bus, postgres, objects }: Backends): readonly Dependency[] => [
  { name: 'redis', onFailure: 'fail', ask: () => bus.redis.ping() },
  { name: 'postgres', onFailure: 'fail', ask: () => postgres.query('SELECT 1') },
  { name: 'objectStore', onFailure: 'fail', ask: () => objects.exists('health') },
  // The last good settings carry on.
  { name: 'config', onFailure: 'warn', ask: () => requireConnected(context.config.status().connected) },
];

const exhaustion = ({ pressure }: Context): string | undefined => (pressure.level() === 'exhausted' ? pressure.reason() : undefined);

const gatewayDeps = (context: Context, backends: Backends, status: Status): GatewayDeps => {
  const { bus } = backends;
  const { clock, config } = context;
  const latest = redisLatest(bus);
  const feed = (): string => config.values.FEED.split(':', 1)[0] ?? '';
  const inbox: Inbox = (partition, record) => appendInbox(bus, partition, record);
  return {
    partitions: bus.partitions,
    keys: bus.keys,
    latest,
    inbox,
    planner: createPlanner({ latest, inbox, partitions: bus.partitions, clock, wait: (ms) => wait(ms) }),
    history: storedHistory(backends.postgres),
    catalogue,
    consumers: redisConsumers(bus),
    fleet: redisFleet({
      bus,
      latest,
      feed,
      sandbox: createSandboxReader(context.breakers, () => config.values.INTERNAL_API_KEY),
      dependencies: dependenciesOf(context, backends),
      breakers: () => context.breakers.list(),
    }),
    placement: redisPlacementOrders(bus, fleetServices),
    letters: auditedLetters(createLetterDesk(bus), context.log),
    cursors: createCursorSigner(`cursor ${config.values.INTERNAL_API_KEY}`),
    clock,
    configStatus: () => config.status(),
    feed,
    jwks: () => config.values.JWT_JWKS,
    publicUrl: () => (config.values.PUBLIC_URL === '' ? status.url : config.values.PUBLIC_URL),
    shedder: createShedder({ nowMs: () => performance.now(), pressure: context.pressure, metrics: context.metrics }),
    notReady: () => exhaustion(context) ?? status.notReady,
  };
};

const presenceOf = ({ ops, log }: Context, { bus }: Backends): Presence =>
  createPresence({ bus, url: ops.url, onFailure: (error) => log.warn({ err: error }, 'a sign of life failed') });

const letterWatchOf = ({ log }: Context, { bus }: Backends): RunningWatch =>
  watchLetters(createLetterWatch(bus, fleetServices), (error) => log.warn({ err: error }, 'dead letters could not be counted'));

/** Returns the gateway: the public door of the fleet. */
export async function createGatewayService(context: Context): Promise<Service> {
  const { clock, config, log, settings: given } = context;
  const backends = await openBackends(context);
  const status: Status = { url: '', notReady: 'starting' };
  const gateway = gatewayDeps(context, backends, status);
  let verifier = createVerifier({ jwks: given.JWT_JWKS, nowMs: () => clock.nowMs() });
  const forget = config.onChange((values) => {
    verifier = createVerifier({ jwks: values.JWT_JWKS, nowMs: () => clock.nowMs() });
  });
  const edge = createEdge({
    gateway,
    streams: redisStreams(backends.bus),
    tail: (listeners) => createTail(backends.bus, listeners),
    verifier: () => verifier,
    rateLimit: () => config.values.RATE_LIMIT,
    hasDashboard: given.DASHBOARD,
    log,
  });
  const presence = presenceOf(context, backends);
  const letterWatch = letterWatchOf(context, backends);
  let endBeats = (): void => undefined;
  return {
    name: 'gateway',
    async start() {
      await edge.tail.start();
      gateway.shedder.start();
      const port = await listen(edge.server, given.HTTP_PORT, given.HTTP_HOST);
      status.url = `http://${given.HTTP_HOST}:${port}`;
      await presence.start();
      status.notReady = undefined;
      letterWatch.start();
      endBeats = startBeats({
        gateway,
        sockets: edge.sockets,
        feeds: edge.feeds,
        onFailure: (error) => log.warn({ err: error }, 'a heartbeat failed'),
      });
      log.info({ url: status.url }, 'listening');
    },
    async stop() {
      status.notReady = 'draining';
      endBeats();
      await letterWatch.stop();
      forget();
      await presence.drain();
      await Promise.all([edge.sockets.drain(RETRY_AFTER_MS), closeServer(edge.server, DRAIN_MS)]);
      gateway.shedder.close();
      await edge.tail.stop();
      await presence.stop();
      await backends.bus.close();
      await backends.postgres.close();
      backends.objects.close();
    },
    unhealthy: () => status.notReady,
  };
}
