import { newConsumer, queries, SignalError } from '@signal/contracts';
import type { GatewayDeps } from '../deps.ts';
import { callerOf, defineRoute, type Route } from '../http/route.ts';

const path = '/api/v2/admin/consumers';
const onePath = `${path}/{id}`;

const unknown = (id: string): SignalError => new SignalError('not_found', `there is no consumer ${id.slice(0, 100)}`);

const registerRoute = ({ consumers }: GatewayDeps): Route =>
  defineRoute({
    method: 'post',
    path,
    id: 'registerConsumer',
    summary: 'Registers a consumer group that must not miss trimming, or renews it',
    access: ['admin'],
    query: queries.none,
    body: { name: 'NewConsumer', schema: newConsumer },
    response: 'Consumer',
    status: 201,
    errors: ['argument_invalid'],
    handle: async (request) => {
      const body = await consumers.register({ ...request.body, owner: callerOf(request).sub });
      return { status: 201, headers: { Location: `${path}/${body.id}` }, body };
    },
  });

const removeRoute = ({ consumers }: GatewayDeps): Route =>
  defineRoute({
    method: 'delete',
    path: onePath,
    id: 'removeConsumer',
    summary: 'Ends a registration; the group itself stays',
    access: ['admin'],
    query: queries.none,
    errors: ['not_found'],
    handle: async ({ params: { id = '' } }) => {
      if (!(await consumers.remove(id))) throw unknown(id);
      return { status: 204 };
    },
  });

/** Returns the routes of consumer groups outside the fleet that trimming waits for. */
export function consumerRoutes(deps: GatewayDeps): readonly Route[] {
  const shared = { method: 'get', access: ['admin', 'operator'], query: queries.none } as const;
  return [
    defineRoute({
      ...shared,
      path,
      id: 'listConsumers',
      summary: 'Registered consumer groups: position, lag, and how much of the budget is used',
      response: 'ConsumerList',
      errors: [],
      handle: async () => ({ body: { data: await deps.consumers.list(), page: { nextCursor: null, hasMore: false } } }),
    }),
    defineRoute({
      ...shared,
      path: onePath,
      id: 'getConsumer',
      summary: 'A registered consumer group',
      response: 'ConsumerStatus',
      errors: ['not_found'],
      handle: async ({ params: { id = '' } }) => {
        const body = (await deps.consumers.list()).find((one) => one.id === id);
        if (body === undefined) throw unknown(id);
        return { body };
      },
    }),
    registerRoute(deps),
    removeRoute(deps),
  ];
}
