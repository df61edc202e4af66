import { partitionMove, queries } from '@signal/contracts';
import type { GatewayDeps } from '../deps.ts';
import { defineRoute, type Route } from '../http/route.ts';

const partitionOf = (text: string): number => (/^\d{1,4}$/.test(text) ? Number(text) : Number.NaN);

/** Returns the routes by which operators place partitions. What is asked for is done by the service's leader, a moment later. */
export function placementRoutes(deps: GatewayDeps): readonly Route[] {
  const shared = { method: 'post', access: ['admin', 'operator'], query: queries.none, status: 202, errors: ['not_found'] } as const;
  return [
    defineRoute({
      ...shared,
      path: '/api/v2/admin/partitions/{p}/move',
      id: 'movePartition',
      summary: 'Put a partition with a member, where it stays while that member lives',
      body: { name: 'PartitionMove', schema: partitionMove },
      response: 'PartitionMoveOrder',
      handle: async ({ params, body }) => {
        const order = { ...body, partition: partitionOf(params['p'] ?? '') };
        await deps.placement.move(order);
        return { status: 202, body: order };
      },
    }),
    defineRoute({
      ...shared,
      path: '/api/v2/admin/members/{id}/drain',
      id: 'drainMember',
      summary: 'Move all partitions away from a member, which lives on idle until it is stopped',
      response: 'DrainOrder',
      handle: async ({ params }) => {
        const member = params['id'] ?? '';
        return { status: 202, body: { member, services: await deps.placement.drain(member) } };
      },
    }),
  ];
}
