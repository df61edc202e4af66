import { queries } from '@signal/contracts';
import type { GatewayDeps } from '../deps.ts';
import { defineRoute, type Route } from '../http/route.ts';

const access = ['admin', 'operator'] as const;

/** Returns the routes that show operators the running fleet. */
export function adminRoutes(deps: GatewayDeps): readonly Route[] {
  const shared = { method: 'get', access, query: queries.none, errors: [] } as const;
  return [
    defineRoute({
      ...shared,
      path: '/api/v2/admin/members',
      id: 'getMembers',
      summary: 'Live members of every service',
      response: 'Members',
      handle: async () => ({ body: { data: await deps.fleet.members() } }),
    }),
    defineRoute({
      ...shared,
      path: '/api/v2/admin/partitions',
      id: 'getPartitions',
      summary: 'Owner and lag of each partition of each service',
      response: 'Partitions',
      handle: async () => ({ body: { data: await deps.fleet.partitions() } }),
    }),
    defineRoute({
      ...shared,
      path: '/api/v2/admin/scaling',
      id: 'getScaling',
      summary: 'How many members each service needs, and why',
      response: 'Scaling',
      handle: async () => ({ body: { data: (await deps.fleet.scaling()).data } }),
    }),
    defineRoute({
      ...shared,
      path: '/api/v2/admin/breakers',
      id: 'getBreakers',
      summary: 'Circuit breakers of this gateway',
      response: 'Breakers',
      handle: () => ({ body: { data: deps.fleet.breakers() } }),
    }),
    defineRoute({
      ...shared,
      path: '/api/v2/admin/shedding',
      id: 'getShedding',
      summary: 'Requests in flight, how many may be, and what was shed, by class',
      response: 'Shedding',
      handle: () => ({ body: deps.shedder.state() }),
    }),
  ];
}
