import { queries } from '@signal/contracts';
import type { GatewayDeps } from '../deps.ts';
import { defineRoute, type Route } from '../http/route.ts';

/** Returns the route of the public keys. */
export function jwksRoute(deps: GatewayDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/.well-known/jwks.json',
    id: 'getJwks',
    summary: 'Public keys that tokens are checked with',
    access: 'public',
    query: queries.none,
    response: 'Jwks',
    errors: [],
    handle: () => ({ body: deps.jwks() }),
  });
}
