import type { ApiBodyName, ErrorCode } from '@signal/contracts';
import type { z } from 'zod';
import type { Caller, Role } from '../auth/caller.ts';

/** Who may call: anybody; anybody, told more with a token; every reader; or one of some roles. */
export type Access = 'public' | 'optional' | 'read' | readonly Role[];

/** A request that passed its checks: parameters decoded, query and body parsed by the route's schemas. */
export type ApiRequest<Query = unknown, Body = unknown> = Readonly<{
  params: Readonly<Record<string, string>>;
  query: Query;
  body: Body;
  caller: Caller | undefined;
  /** The offered media type that the caller likes best. */
  mediaType: string;
  /** Path and query as they came, to build links of. */
  url: string;
  signal: AbortSignal;
}>;

/** An answer: an object to be sent as JSON, text of a given media type, or nothing (204). */
export type ApiReply = Readonly<{ status?: number; headers?: Readonly<Record<string, string>> }> &
  (Readonly<{ body: unknown }> | Readonly<{ text: string | Buffer; mediaType: string }> | Readonly<{ status: 204 }>);

/** One row of the route table: the router and the OpenAPI document are both made of it. */
export type Route = Readonly<{
  method: 'get' | 'post' | 'delete';
  /** Path with `{name}` for parameters, as OpenAPI writes it. */
  path: string;
  id: string;
  summary: string;
  access: Access;
  query: z.ZodObject;
  body?: Readonly<{ name: ApiBodyName; schema: z.ZodType }>;
  /** Absent = the answer is 204. */
  response?: ApiBodyName;
  status?: number;
  mediaTypes?: readonly string[];
  errors: readonly ErrorCode[];
  handle: (request: ApiRequest) => Promise<ApiReply> | ApiReply;
}>;

type Definition<Query extends z.ZodObject, Body extends z.ZodType> = Omit<Route, 'query' | 'body' | 'handle'> &
  Readonly<{
    query: Query;
    body?: Readonly<{ name: ApiBodyName; schema: Body }>;
    handle: (request: ApiRequest<z.output<Query>, z.output<Body>>) => Promise<ApiReply> | ApiReply;
  }>;

/** Returns a row of the table; the handler sees the types of its schemas. */
export function defineRoute<Query extends z.ZodObject, Body extends z.ZodType>(definition: Definition<Query, Body>): Route {
  // The router calls `handle` only with what these two schemas returned.
  return definition as unknown as Route;
}

/** Returns the caller of a route that is not public. */
export function callerOf(request: Readonly<{ caller: Caller | undefined }>): Caller {
  return request.caller ?? { sub: '', roles: new Set(), entitlements: [], jti: undefined, expMs: 0 };
}
