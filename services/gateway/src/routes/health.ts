import { queries } from '@signal/contracts';
import type { GatewayDeps } from '../deps.ts';
import { defineRoute, type Route } from '../http/route.ts';

/** Returns the route of the fleet's health: 503 when a part that answers need has failed. */
export function healthRoute(deps: GatewayDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/health',
    id: 'getHealth',
    summary: 'Health of each dependency and service',
    access: 'public',
    query: queries.none,
    response: 'Health',
    errors: [],
    async handle() {
      const body = await deps.fleet.health();
      return body.status === 'fail' ? { status: 503, headers: { 'Retry-After': '1' }, body } : { body };
    },
  });
}
