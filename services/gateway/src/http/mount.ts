import { isSignalError, SignalError } from '@signal/contracts';
import express, { type NextFunction, type Request, type RequestHandler, type Response, Router } from 'express';
import { hasRole } from '../auth/caller.ts';
import { type AuthDeps, identify, meter, requireAccess } from './authorize.ts';
import { fromExpress } from './from-express.ts';
import { detailsOf, pointedTo } from './problem.ts';
import { classOf, classOfPath, PRIORITY_HEADER } from '../shedding/class-of.ts';
import type { Leave, Shedder } from '../shedding/shedder.ts';
import { parseQuery } from './query.ts';
import type { ApiReply, ApiRequest, Route } from './route.ts';

const BODY_LIMIT_BYTES = 1_048_576;
const json = 'application/json';

/** Returns a path of the table as Express writes it. */
export function expressPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

const readBody = express.json({ limit: BODY_LIMIT_BYTES, strict: false, type: json });

const whole = [{ pointer: '', detail: 'must be JSON' }];

// A body that cannot be unpacked, or that ends before its length, is no more JSON than one that cannot be parsed.
const fromBodyReader = (error: unknown): SignalError => {
  const shown = fromExpress(error);
  return shown.code === 'json_invalid' || shown.code === 'path_invalid'
    ? new SignalError('json_invalid', shown.message, { cause: error, errors: whole })
    : shown;
};

const parseBody = async (route: Route, request: Request, response: Response): Promise<unknown> => {
  if (route.body === undefined) return undefined;
  if (request.is(json) === false)
    throw new SignalError('media_type_unsupported', `Content-Type is ${request.headers['content-type'] ?? 'missing'}, and must be ${json}`);
  if (request.headers['content-length'] === '0') throw new SignalError('json_invalid', 'the body is empty, and must be JSON', { errors: whole });
  await new Promise<void>((resolve, reject) => {
    readBody(request, response, (error?: unknown) => (error === undefined ? resolve() : reject(fromBodyReader(error))));
  });
  const parsed = route.body.schema.safeParse(request.body);
  if (parsed.success) return parsed.data;
  const errors = detailsOf(parsed.error, 'pointer');
  throw new SignalError('body_invalid', `${errors[0]?.pointer ?? ''}: ${errors[0]?.detail ?? ''}`, { errors });
};

const negotiate = (route: Route, request: Request): string => {
  const offered = route.mediaTypes ?? [json];
  const accepted = request.accepts([...offered]);
  if (accepted === false) throw new SignalError('not_acceptable', `Accept is ${request.headers.accept ?? ''}, and offered are ${offered.join(', ')}`);
  return String(accepted);
};

const send = (response: Response, reply: ApiReply): void => {
  response.status(reply.status ?? 200).set(reply.headers ?? {});
  if ('body' in reply) response.type(json).send(JSON.stringify(reply.body));
  else if ('text' in reply) response.type(reply.mediaType).send(reply.text);
  else response.end();
};

const paramsOf = (request: Request): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(request.params).map(([name, value]) => [name, String(value)]));

// Names that are no instrument or interval are told apart by the parameter they came in.
const pointerOf = (route: Route, code: string): string | undefined => {
  if (code === 'interval_invalid') return 'interval';
  return code === 'instrument_invalid' ? (/\{(\w+)\}/.exec(route.path)?.[1] ?? 'instrument') : undefined;
};

const answer = async (route: Route, request: ApiRequest): Promise<ApiReply> => {
  try {
    return await route.handle(request);
  } catch (error) {
    const pointer = isSignalError(error) ? pointerOf(route, error.code) : undefined;
    throw isSignalError(error) && pointer !== undefined ? pointedTo(error, pointer) : error;
  }
};

/** What it takes to let a request in: who is asking, and whether there is a place. */
export type MountDeps = AuthDeps & Readonly<{ shedder: Shedder }>;

const stays: Leave = () => undefined;

const handlerOf =
  (deps: MountDeps, route: Route) =>
  async (request: Request, response: Response): Promise<void> => {
    const ofRoute = classOfPath(route.path);
    const priority = ofRoute === undefined ? undefined : classOf(ofRoute, request.get(PRIORITY_HEADER));
    // What has no chance is refused before a signature is checked for it.
    if (priority !== undefined) deps.shedder.check(priority);
    const caller = route.access === 'public' ? undefined : await identify(deps, request);
    requireAccess(route.access, caller, route.method === 'get');
    if (caller !== undefined) {
      meter(deps, caller, response);
      response.set('Cache-Control', 'private, no-store');
    }
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const parsed: ApiRequest = {
      mediaType: negotiate(route, request),
      params: paramsOf(request),
      query: parseQuery(request.url, route.query),
      body: await parseBody(route, request, response),
      caller,
      url: request.originalUrl,
      signal: gone.signal,
    };
    const leave = priority === undefined ? stays : await deps.shedder.enter(priority);
    try {
      const reply = response.destroyed ? undefined : await answer(route, parsed);
      if (reply !== undefined && !response.destroyed) send(response, reply);
    } finally {
      leave();
    }
  };

const refuseMethod =
  (allowed: readonly string[]): RequestHandler =>
  (request, response) => {
    response.set('Allow', allowed.join(', '));
    if (request.method === 'OPTIONS') {
      response.status(204).end();
      return;
    }
    throw new SignalError('method_not_allowed', `${request.method} is not one of ${allowed.join(', ')}`);
  };

// On /api/v2/admin a stranger learns nothing, not even which paths there are.
const guardAdmin =
  (deps: AuthDeps) =>
  async (request: Request, _response: Response, next: NextFunction): Promise<void> => {
    requireAccess(['admin', 'operator'], await identify(deps, request), true);
    next();
  };

const writing = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

// A viewer changes nothing, whatever there is or is not under the path.
const guardWrites =
  (deps: AuthDeps) =>
  async (request: Request, _response: Response, next: NextFunction): Promise<void> => {
    const caller = writing.has(request.method) ? await identify(deps, request) : undefined;
    if (caller !== undefined && !hasRole(caller, 'user', 'operator', 'admin', 'feed'))
      throw new SignalError('role_missing', `${caller.sub} is a viewer, and ${request.method} takes another role`);
    next();
  };

/** Returns the router of the table. A path that is known with other methods answers 405 with `Allow`. */
export function mountRoutes(routes: readonly Route[], deps: MountDeps): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router.use('/api/v2/admin', guardAdmin(deps));
  router.use('/api/v2', guardWrites(deps));
  for (const path of new Set(routes.map((route) => route.path))) {
    const here = routes.filter((route) => route.path === path);
    const handlers = new Map(here.map((route) => [route.method.toUpperCase(), handlerOf(deps, route)]));
    const allowed = [...handlers.keys()].flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
    const refuse = refuseMethod([...allowed, 'OPTIONS']);
    router.all(expressPath(path), (request, response, next) => {
      const handler = handlers.get(request.method === 'HEAD' ? 'GET' : request.method);
      return handler === undefined ? refuse(request, response, next) : handler(request, response);
    });
  }
  return router;
}
