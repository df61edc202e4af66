import type { Tail, TailListeners } from '@signal/bus';
import { createKeys, type InboxRecord, latestField, parseInstrument, partitionOf, type Signal, SignalError, type Topic } from '@signal/contracts';
import { catalogue } from '@signal/indicators';
import { calm, createLogger, createMetrics, type Metrics, type Pressure } from '@signal/kernel';
import { exportJWK, generateKeyPair, type JSONWebKeySet, SignJWT } from 'jose';
import { createVerifier } from '../auth/verifier.ts';
import { createCursorSigner } from '../data/cursor.ts';
import type { History } from '../data/history.ts';
import type { Inbox } from '../data/inbox.ts';
import type { LatestSource } from '../data/latest-source.ts';
import { createMarketTime } from '../data/market-time.ts';
import type { Letters } from '../data/letters.ts';
import type { Consumers } from '../data/consumers.ts';
import type { PlacementOrders } from '../data/placement-orders.ts';
import { createPlanner } from '../data/planner.ts';
import type { GatewayDeps } from '../deps.ts';
import { createEdge, type Edge } from '../gateway.ts';
import { closeServer, listen } from '../http/server.ts';
import { createShedder } from '../shedding/shedder.ts';
import type { OldEntry, StreamSource } from '../websocket/snapshots.ts';

const PARTITIONS = 64;

/** Newest values and streams in memory, in the shapes that the fleet writes to Redis. */
export class MemoryMarket implements LatestSource, StreamSource {
  readonly values = new Map<string, Map<string, Buffer>>();
  readonly entries = new Map<string, OldEntry[]>();
  epoch = 0;

  async read(topic: Topic, partition: number, fields: readonly string[]): Promise<ReadonlyMap<string, Buffer>> {
    const here = this.values.get(`${topic}:${partition}`);
    return new Map(
      fields.flatMap((field): [string, Buffer][] => {
        const value = here?.get(field);
        return value === undefined ? [] : [[field, value]];
      }),
    );
  }

  async fields(topic: Topic, partition: number): Promise<readonly string[]> {
    return [...(this.values.get(`${topic}:${partition}`)?.keys() ?? [])];
  }

  async lastId(stream: Readonly<{ topic: Topic; partition: number }>): Promise<string> {
    return this.entries.get(`${stream.topic}:${stream.partition}`)?.at(-1)?.id ?? '0-0';
  }

  async readBack(stream: Readonly<{ topic: Topic; partition: number }>, before: string, count: number): Promise<readonly OldEntry[]> {
    const all = [...(this.entries.get(`${stream.topic}:${stream.partition}`) ?? [])].reverse();
    const from = before === '+' ? 0 : all.findIndex((entry) => `(${entry.id}` === before) + 1;
    return all.slice(from, from + count);
  }

  async generation(): Promise<number> {
    return this.epoch;
  }

  set(topic: Topic, instrument: string, [field, value]: readonly [string, string | Buffer]): void {
    const name = `${topic}:${partitionOf(parseInstrument(instrument).underlying, PARTITIONS)}`;
    const here = this.values.get(name) ?? new Map<string, Buffer>();
    here.set(field, Buffer.from(value));
    this.values.set(name, here);
  }

  signal(topic: Topic, signal: Signal): void {
    this.name(signal.instrument);
    this.set(topic, signal.instrument, [latestField(signal), JSON.stringify(signal)]);
  }

  /** Makes an instrument known, as ingest does when a feed opens it. */
  name(instrument: string): void {
    this.set('market', instrument, [`instrument|${instrument}`, JSON.stringify({ instrument, feed: 'replay', source: 'bridged' })]);
  }

  quote(instrument: string, quote: Readonly<Record<string, unknown>>): void {
    this.name(instrument);
    this.set('market', instrument, [`quote|${instrument}`, JSON.stringify({ instrument, source: 'bridged', ...quote })]);
  }
}

/** Claims of a token of a test. */
export type TestClaims = Readonly<{ sub?: string; roles?: readonly string[]; entitlements?: readonly string[]; ttlS?: number; issuer?: string }>;

/** A gateway of one test file: its door is real, what stands behind it is memory. */
export type MemoryGateway = Readonly<{
  url: string;
  market: MemoryMarket;
  inbox: { partition: number; record: InboxRecord }[];
  edge: Edge;
  metrics: Metrics;
  listeners: () => TailListeners;
  tailed: Set<string>;
  token: (claims?: TestClaims) => Promise<string>;
  get: (path: string, init?: RequestInit & Readonly<{ as?: string }>) => Promise<Response>;
  setFeed: (feed: string) => void;
  stop: () => Promise<void>;
}>;

const emptyHistory: History = { bars: async () => [], readings: async () => [], signals: async () => [] };

// A gateway without a fleet behind it.
const noConsumers: Consumers = {
  register: async () => {
    throw new SignalError('not_found', 'there is no fleet');
  },
  list: async () => [],
  remove: async () => false,
};

const nothingToPlace: PlacementOrders = {
  move: async () => {
    throw new SignalError('not_found', 'there is no fleet');
  },
  drain: async () => {
    throw new SignalError('not_found', 'there is no fleet');
  },
};

const signer = async () => {
  const { privateKey, publicKey } = await generateKeyPair('EdDSA', { extractable: true });
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'test', alg: 'EdDSA' }] };
  const token = ({
    sub = 'alice',
    roles = ['user'],
    entitlements = ['*'],
    ttlS = 600,
    issuer = 'signal-service',
  }: TestClaims = {}): Promise<string> =>
    new SignJWT({ roles, entitlements })
      .setProtectedHeader({ alg: 'EdDSA', kid: 'test' })
      .setSubject(sub)
      .setIssuer(issuer)
      .setAudience('signal-service')
      .setIssuedAt()
      .setExpirationTime(Math.floor(Date.now() / 1000) + ttlS)
      .sign(privateKey);
  return { jwks, token };
};

type State = { feed: string; url: string; planMs: number; listeners: TailListeners | undefined };
type Parts = Readonly<{
  market: MemoryMarket;
  inbox: MemoryGateway['inbox'];
  state: State;
  jwks: JSONWebKeySet;
  history: History;
  placement: PlacementOrders;
  consumers: Consumers;
  letters: Letters;
  shedder: GatewayDeps['shedder'];
}>;

const noLetters: Letters = {
  list: async () => ({ letters: [], next: undefined }),
  read: async () => undefined,
  replay: () => Promise.reject(new SignalError('not_found', 'there is no letter')),
  discard: async () => false,
};

const clock = { nowMs: () => Date.now() };

const advice = {
  service: 'indicator',
  recommended: 2,
  current: 1,
  reason: 'the lag of a partition is unknown, so the members that run are kept',
  bottleneck: 'none',
  inputs: { rate: 1, lagEntries: null, lagMs: null, perMember: 1_000 },
  predictedCatchUpS: null,
} as const;

const fleetOf = (market: MemoryMarket): GatewayDeps['fleet'] => {
  const time = createMarketTime({ latest: market, partitions: PARTITIONS, nowMs: clock.nowMs, partitionStates: async () => ['live'] });
  const member = {
    member: 'indicator-1',
    service: 'indicator',
    pid: 1,
    url: 'http://127.0.0.1:1',
    startedAt: '2018-12-31T14:30:00.000Z',
    partitions: 64,
    busy: 0.1,
    draining: false,
  };
  return {
    members: async () => [member],
    partitions: async () => [{ service: 'indicator', partition: 54, slot: 6, owner: 'indicator-1', epoch: 1, lagEntries: 0, lagMs: 0, busy: null }],
    breakers: () => [{ name: 'postgres', state: 'closed', failures: 0 }],
    health: async () => ({ status: 'pass', marketTimeMs: await time.read(), dependencies: {}, services: {} }),
    scaling: async () => ({ atMs: 1_546_285_800_000, data: [advice] }),
    marketMs: () => time.read(),
    feedState: () => time.state(),
  };
};

// Waits of the planner pass at once, so that a test of its 2 s takes none.
const plannerOf = (market: MemoryMarket, inbox: Inbox, state: State): GatewayDeps['planner'] =>
  createPlanner({
    latest: market,
    inbox,
    partitions: PARTITIONS,
    clock: { nowMs: () => state.planMs },
    wait: async (ms) => {
      state.planMs += ms;
    },
  });

const depsOf = ({ market, inbox, state, jwks, history, shedder, placement, consumers, letters }: Parts): GatewayDeps => {
  const append: Inbox = async (partition, record) => {
    inbox.push({ partition, record });
  };
  return {
    partitions: PARTITIONS,
    keys: createKeys(),
    latest: market,
    inbox: append,
    planner: plannerOf(market, append, state),
    history,
    catalogue,
    fleet: fleetOf(market),
    placement,
    consumers,
    letters,
    cursors: createCursorSigner('test'),
    clock,
    configStatus: () => ({
      connected: true,
      version: 3,
      ageMs: 1,
      settings: [{ name: 'REDIS_URL', source: 'config-service', version: 3, ageMs: 1, secret: true }],
    }),
    feed: () => state.feed,
    jwks: () => jwks,
    publicUrl: () => state.url,
    shedder,
    notReady: () => undefined,
  };
};

const openEdge = (gateway: GatewayDeps, state: State, options: Readonly<{ tailed: Set<string>; streams: StreamSource; rateLimit: number }>): Edge => {
  const { tailed, streams, rateLimit } = options;
  const verifier = createVerifier({ jwks: gateway.jwks(), nowMs: clock.nowMs });
  const tail = (listeners: TailListeners): Tail => {
    state.listeners = listeners;
    return {
      add: (topic, partition) => void tailed.add(`${topic}:${partition}`),
      remove: (topic, partition) => void tailed.delete(`${topic}:${partition}`),
      start: async () => undefined,
      stop: async () => undefined,
    };
  };
  const log = createLogger({ service: 'gateway', member: 'gateway-test', level: 'silent' });
  return createEdge({ gateway, streams, tail, verifier: () => verifier, rateLimit: () => rateLimit, hasDashboard: true, log });
};

/** Starts a gateway on a free port. */
export async function startMemoryGateway(
  options: Readonly<{
    history?: History;
    rateLimit?: number;
    parallelism?: number;
    pressure?: Pressure;
    placement?: PlacementOrders;
    consumers?: Consumers;
    letters?: Letters;
  }> = {},
): Promise<MemoryGateway> {
  const { jwks, token } = await signer();
  const market = new MemoryMarket();
  const inbox: MemoryGateway['inbox'] = [];
  const tailed = new Set<string>();
  const state: State = { feed: 'replay', url: '', planMs: 0, listeners: undefined };
  const metrics = createMetrics({ service: 'gateway', member: 'gateway-test' });
  const load = { nowMs: () => performance.now(), pressure: options.pressure ?? calm, metrics };
  const shedder = createShedder(options.parallelism === undefined ? load : { ...load, parallelism: options.parallelism });
  shedder.start();
  const deps = depsOf({
    market,
    inbox,
    state,
    jwks,
    history: options.history ?? emptyHistory,
    placement: options.placement ?? nothingToPlace,
    consumers: options.consumers ?? noConsumers,
    letters: options.letters ?? noLetters,
    shedder,
  });
  const edge = openEdge(deps, state, { tailed, streams: market, rateLimit: options.rateLimit ?? 10_000 });
  state.url = `http://127.0.0.1:${await listen(edge.server, 0, '127.0.0.1')}`;
  return {
    url: state.url,
    market,
    inbox,
    edge,
    metrics,
    tailed,
    listeners: () => {
      if (state.listeners === undefined) throw new SignalError('argument_invalid', 'the edge opened no tail, and must open one');
      return state.listeners;
    },
    token,
    async get(path, { as, ...init } = {}) {
      const bearer = as ?? (await token());
      return fetch(`${state.url}${path}`, {
        ...init,
        headers: { ...(bearer === '' ? {} : { authorization: `Bearer ${bearer}` }), ...(init.headers as Record<string, string>) },
      });
    },
    setFeed: (feed) => {
      state.feed = feed;
    },
    async stop() {
      await Promise.all([edge.sockets.drain(10), closeServer(edge.server, 100)]);
      shedder.close();
    },
  };
}
