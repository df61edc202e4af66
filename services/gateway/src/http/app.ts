import { randomUUID } from 'node:crypto';
import { SignalError } from '@signal/contracts';
import express, { type ErrorRequestHandler, type Express, type RequestHandler, type Router } from 'express';
import { fromExpress } from './from-express.ts';
import { atTheEdge, sendProblem } from './problem.ts';

/** Says of a failed request what its problem does not show. */
export type FailureLog = (failure: Readonly<{ requestId: string; method: string; path: string; error: SignalError }>) => void;

const requestIdShape = /^[A-Za-z0-9._-]{8,128}$/;

/** Content security policy of every answer: the page loads its own files only; charts set style attributes through the DOM. */
export const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const prepare: RequestHandler = (request, response, next) => {
  const given = request.headers['x-request-id'];
  const requestId = typeof given === 'string' && requestIdShape.test(given) ? given : randomUUID();
  response.locals['requestId'] = requestId;
  response.set({
    'X-Request-Id': requestId,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Content-Security-Policy': CONTENT_SECURITY_POLICY,
    'Cache-Control': 'no-store',
  });
  next();
};

const pathOf = (url: string): string => url.split('?', 1)[0] ?? '';

// Express tells error handlers from others by their four parameters.
const onError =
  (log: FailureLog): ErrorRequestHandler =>
  // oxlint-disable-next-line max-params -- express knows an error handler by its four parameters
  (error, request, response, _next) => {
    const shown = atTheEdge(fromExpress(error));
    if (shown.status >= 500)
      log({ requestId: String(response.locals['requestId']), method: request.method, path: pathOf(request.originalUrl), error: shown });
    sendProblem(response, shown, pathOf(request.originalUrl));
  };

/** Returns the app: headers for every answer, the routers, and problem details for everything else. */
export function createApp(routers: readonly Router[], log: FailureLog): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag').enable('case sensitive routing').enable('strict routing');
  // The route table reads queries itself, strictly.
  app.set('query parser', false);
  app.use(prepare, ...routers);
  app.use((request) => {
    throw new SignalError('not_found', `there is no ${pathOf(request.originalUrl)}`);
  });
  app.use(onError(log));
  return app;
}
