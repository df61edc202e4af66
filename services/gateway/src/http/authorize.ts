import { SignalError } from '@signal/contracts';
import type { Request, Response } from 'express';
import { type Caller, hasRole } from '../auth/caller.ts';
import { rateOf } from '../auth/entitlements.ts';
import type { RateLimiter } from '../auth/rate-limit.ts';
import { bearerOf, type Verifier } from '../auth/verifier.ts';
import type { Access } from './route.ts';

/** What it takes to know a caller. The verifier is asked for each time, since keys may change while we run. */
export type AuthDeps = Readonly<{ verifier: () => Verifier; limiter: RateLimiter; rateLimit: () => number }>;

/** Returns the caller of a request, undefined without a token. */
export async function identify(deps: AuthDeps, request: Request): Promise<Caller | undefined> {
  const token = bearerOf(request.headers.authorization);
  return token === undefined ? undefined : deps.verifier()(token);
}

/** Counts the request against its caller's quota and says so in the headers; throws `rate_limited` beyond it. */
export function meter(deps: AuthDeps, caller: Caller, response: Response): void {
  const quota = deps.limiter.take(caller.sub, rateOf(caller) ?? deps.rateLimit());
  response.set('RateLimit-Policy', `"default";q=${quota.limit};w=1`);
  response.set('RateLimit', `"default";r=${quota.remaining};t=${quota.resetS}`);
  if (quota.retryAfterS > 0) throw new SignalError('rate_limited', `more than ${quota.limit} requests a second`);
}

/** Passes a caller that may use a route of this access and method, else throws `token_missing` or `role_missing`. */
export function requireAccess(access: Access, caller: Caller | undefined, isRead: boolean): void {
  if (access === 'public' || access === 'optional') return;
  if (caller === undefined) throw new SignalError('token_missing', 'Authorization: Bearer is missing');
  const wanted = access === 'read' ? (['viewer', 'user', 'operator', 'admin'] as const) : access;
  const writer = isRead || hasRole(caller, 'user', 'operator', 'admin', 'feed');
  if (!hasRole(caller, ...wanted) || !writer) throw new SignalError('role_missing', `${caller.sub} has none of the roles ${wanted.join(', ')}`);
}
