import type { Server } from 'node:http';
import type { Tail, TailListeners } from '@signal/bus';
import type { Logger } from '@signal/kernel';
import { createRateLimiter } from './auth/rate-limit.ts';
import type { Verifier } from './auth/verifier.ts';
import { knownInstrument } from './data/instruments.ts';
import { dashboardRouter } from './dashboard/router.ts';
import type { GatewayDeps } from './deps.ts';
import { createApp } from './http/app.ts';
import { mountRoutes } from './http/mount.ts';
import { createHttpServer } from './http/server.ts';
import { routeTable } from './routes/table.ts';
import { createFeeds, type Feeds } from './websocket/feeds.ts';
import { createSocketServer, type SocketServer } from './websocket/socket-server.ts';
import { beginningOf, type StreamSource, streamsFor } from './websocket/snapshots.ts';
import { createUserCount } from './websocket/user-count.ts';

/** What the edge needs beside what the routes answer from. */
export type EdgeDeps = Readonly<{
  gateway: GatewayDeps;
  streams: StreamSource;
  tail: (listeners: TailListeners) => Tail;
  verifier: () => Verifier;
  rateLimit: () => number;
  hasDashboard: boolean;
  log: Logger;
}>;

/** The public door: it listens when its owner says so. */
export type Edge = Readonly<{ server: Server; sockets: SocketServer; feeds: Feeds; tail: Tail }>;

const createLiveFeeds = ({ gateway, tail: open, log }: EdgeDeps): Readonly<{ feeds: Feeds; tail: Tail }> => {
  const feeds: Feeds = createFeeds({
    tail: () => tail,
    nowMs: () => gateway.clock.nowMs(),
    onCorrupt: (entry, error) => log.error({ err: error, topic: entry.topic, partition: entry.partition, id: entry.id }, 'an entry was left out'),
  });
  const tail = open({ onEntry: (entry) => feeds.onEntry(entry), onReset: (reset) => feeds.onReset(reset), log });
  return { feeds, tail };
};

/** Returns the public door: HTTP, WebSocket and the page on one server. */
export function createEdge(deps: EdgeDeps): Edge {
  const { gateway, log } = deps;
  const auth = {
    shedder: gateway.shedder,
    verifier: deps.verifier,
    limiter: createRateLimiter(() => gateway.clock.nowMs()),
    rateLimit: deps.rateLimit,
  };
  const routers = [mountRoutes(routeTable(gateway), auth), ...(deps.hasDashboard ? [dashboardRouter()] : [])];
  const app = createApp(routers, ({ error, ...failure }) =>
    log.warn({ ...failure, err: error.cause ?? error, code: error.code }, 'a request failed'),
  );
  const server = createHttpServer(app);
  const { feeds, tail } = createLiveFeeds(deps);
  const users = createUserCount();
  const snapshots = { gateway, streams: deps.streams, keys: gateway.keys };
  const sockets = createSocketServer(server, {
    verifier: deps.verifier,
    catalogue: gateway.catalogue,
    known: (text) => knownInstrument(gateway, text),
    planner: gateway.planner,
    feeds,
    streams: (target) => streamsFor(snapshots, target),
    lastId: (stream) => deps.streams.lastId(stream),
    beginning: (target, resume) => beginningOf(snapshots, target, resume),
    admit: (user) => users.admit(user),
    leave: (user) => users.leave(user),
    nowMs: () => gateway.clock.nowMs(),
    later: (work, ms) => {
      const timer = setTimeout(work, ms);
      return () => clearTimeout(timer);
    },
    defer: (work) => {
      setImmediate(work);
    },
    onFailure: (error) => log.warn({ err: error }, 'a socket could not be served'),
  });
  return { server, sockets, feeds, tail };
}
