import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { SignalError } from '@signal/contracts';
import express, { type RequestHandler, type Response, Router } from 'express';
import type { Metrics } from '../metrics/create-metrics.ts';

/** The process's own HTTP on loopback. Routes added to `app` are internal: they ask for `Authorization: Bearer INTERNAL_API_KEY`. */
export type Ops = Readonly<{ app: Router; url: string }>;

/** Ops with a life. */
export interface OpsServer extends Ops {
  close(): Promise<void>;
}

/** What the probes say. `undefined` = fine, else the reason in words. */
export type Probes = Readonly<{ notStarted(): string | undefined; notReady(): string | undefined }>;

/** Starts the ops server on a free loopback port: /livez, /readyz, /startupz, /metrics, then the internal routes. */
export async function startOpsServer(options: Readonly<{ probes: Probes; metrics: Metrics; internalKey: () => string }>): Promise<OpsServer> {
  const { metrics, probes } = options;
  const app = express();
  const internal = Router();
  app.disable('x-powered-by');
  app.get('/livez', (_request, response) => answer(response, undefined));
  app.get('/startupz', (_request, response) => answer(response, probes.notStarted()));
  app.get('/readyz', (_request, response) => answer(response, probes.notStarted() ?? probes.notReady()));
  app.get('/metrics', async (_request, response) => {
    response.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
  app.use(requireInternalKey(options.internalKey), internal);
  const server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000 }, app);
  const port = await listen(server);
  return {
    app: internal,
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Tells whether two secrets are equal, in a time that does not depend on where they differ. */
export function secretsEqual(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}

function answer(response: Response, reason: string | undefined): void {
  response.status(reason === undefined ? 200 : 503).json(reason === undefined ? { status: 'pass' } : { status: 'fail', reason });
}

function requireInternalKey(internalKey: () => string): RequestHandler {
  return (request, response, next) => {
    const key = internalKey();
    const given = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    if (key !== '' && secretsEqual(given, key)) return next();
    response.status(401).type('application/problem+json');
    response.send(JSON.stringify({ type: 'about:blank', title: 'A token is required', status: 401, code: 'token_missing' }));
  };
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new SignalError('backend_failed', 'the ops server has no port');
  return address.port;
}
