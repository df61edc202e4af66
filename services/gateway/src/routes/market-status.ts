import { queries } from '@signal/contracts';
import { marketStatusOf } from '../data/market-status.ts';
import type { GatewayDeps } from '../deps.ts';
import { defineRoute, type Route } from '../http/route.ts';

/** Returns the route of sessions and feeds by venue. */
export function marketStatusRoute(deps: GatewayDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v2/market-status',
    id: 'getMarketStatus',
    summary: 'Session and feed of each venue',
    access: 'read',
    query: queries.none,
    response: 'MarketStatus',
    errors: [],
    handle: async () => ({ body: await marketStatusOf(deps) }),
  });
}
