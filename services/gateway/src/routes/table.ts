import { queries } from '@signal/contracts';
import type { GatewayDeps } from '../deps.ts';
import { openApiOf } from '../http/openapi.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { adminRoutes } from './admin.ts';
import { configStatusRoute } from './config-status.ts';
import { consumerRoutes } from './consumers.ts';
import { deadLetterRoutes } from './dead-letters.ts';
import { healthRoute } from './health.ts';
import { historicalBarsRoute } from './historical-bars.ts';
import { historicalIndicatorsRoute } from './historical-indicators.ts';
import { historicalSignalsRoute } from './historical-signals.ts';
import { indicatorRoute, indicatorsRoute } from './indicators.ts';
import { jwksRoute } from './jwks.ts';
import { marketStatusRoute } from './market-status.ts';
import { placementRoutes } from './placement.ts';
import { postTicksRoute } from './post-ticks.ts';
import { probeRoutes } from './probes.ts';
import { realtimeBarsRoute } from './realtime-bars.ts';
import { realtimeChainsRoute } from './realtime-chains.ts';
import { realtimeGreeksRoute } from './realtime-greeks.ts';
import { realtimeIndicatorsRoute } from './realtime-indicators.ts';
import { realtimeQuotesRoute } from './realtime-quotes.ts';
import { realtimeSignalsRoute } from './realtime-signals.ts';
import { topicsRoute } from './topics.ts';

/** Returns the route table: what is not in it does not exist. */
export function routeTable(deps: GatewayDeps): readonly Route[] {
  const table: Route[] = [
    ...probeRoutes(deps),
    healthRoute(deps),
    configStatusRoute(deps),
    jwksRoute(deps),
    realtimeQuotesRoute(deps),
    realtimeBarsRoute(deps),
    realtimeIndicatorsRoute(deps),
    realtimeGreeksRoute(deps),
    realtimeChainsRoute(deps),
    realtimeSignalsRoute(deps),
    postTicksRoute(deps),
    historicalBarsRoute(deps),
    historicalIndicatorsRoute(deps),
    historicalSignalsRoute(deps),
    indicatorsRoute(deps),
    indicatorRoute(deps),
    topicsRoute(deps),
    marketStatusRoute(deps),
    ...adminRoutes(deps),
    ...consumerRoutes(deps),
    ...placementRoutes(deps),
    ...deadLetterRoutes(deps),
  ];
  table.push(
    defineRoute({
      method: 'get',
      path: '/openapi.json',
      id: 'getOpenApi',
      summary: 'This document',
      access: 'public',
      query: queries.none,
      response: 'OpenApi',
      errors: [],
      handle: () => ({ body: openApiOf(table, deps.publicUrl()) }),
    }),
  );
  return table;
}
