import { randomUUID } from 'node:crypto';
import { isSignalError, SignalError } from '@signal/contracts';
import express, { type ErrorRequestHandler, type Express, type RequestHandler, type Router } from 'express';
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

type HttpError = Readonly<{ type?: string; status?: number; message?: string }>;

/** Returns what Express or its body reader threw as an error of the table. */
export function fromExpress(error: unknown): SignalError {
  if (isSignalError(error)) return error;
  const { type, status, message } = error as HttpError;
  if (type === 'entity.too.large') return new SignalError('body_too_large', 'the body has more than 1048576 bytes', { cause: error });
  if (type === 'entity.parse.failed') return new SignalError('json_invalid', message ?? 'the body is not JSON', { cause: error });
  if (status === 415) return new SignalError('media_type_unsupported', message ?? 'the encoding is not supported', { cause: error });
  if (error instanceof URIError || status === 400) return new SignalError('path_invalid', message ?? 'the request cannot be read', { cause: error });
  return new SignalError('unavailable', 'the service cannot answer now', { cause: error });
}

const pathOf = (url: string): string => url.split('?', 1)[0] ?? '';

// Express tells error handlers from others by their four parameters.
const onError =
  (log: FailureLog): ErrorRequestHandler =>
  // oxlint-disable-next-line max-params
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
