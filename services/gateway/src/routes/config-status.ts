import { queries } from '@signal/contracts';
import { hasRole } from '../auth/caller.ts';
import type { GatewayDeps } from '../deps.ts';
import { defineRoute, type Route } from '../http/route.ts';

/** Returns the route that says where settings come from: `connected` to everybody, names and ages to admins, values to nobody. */
export function configStatusRoute(deps: GatewayDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/config/status',
    id: 'getConfigStatus',
    summary: 'Connectivity of the config service and provenance of each setting',
    access: 'optional',
    query: queries.none,
    response: 'ConfigStatus',
    errors: [],
    handle(request) {
      const { connected, version, ageMs, settings } = deps.configStatus();
      if (request.caller === undefined || !hasRole(request.caller, 'admin')) return { body: { connected } };
      return { body: { connected, version, ageMs, settings } };
    },
  });
}
