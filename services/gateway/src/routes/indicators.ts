import { type CatalogueEntry, findEntry, queries, SignalError } from '@signal/contracts';
import type { GatewayDeps } from '../deps.ts';
import { defineRoute, type Route } from '../http/route.ts';

const bodyOf = ({ id, name, category, inputs, params, outputs, aliases, warmup }: CatalogueEntry) => ({
  id,
  name,
  category,
  inputs,
  params,
  outputs,
  ...(aliases.length === 0 ? {} : { aliases }),
  warmup,
});

/** Returns the route of the catalogue. */
export function indicatorsRoute(deps: GatewayDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v2/indicators',
    id: 'listIndicators',
    summary: 'The catalogue of indicators',
    access: 'read',
    query: queries.none,
    response: 'IndicatorList',
    errors: [],
    handle: () => ({ body: { data: [...deps.catalogue.values()].map(bodyOf), page: { nextCursor: null, hasMore: false } } }),
  });
}

/** Returns the route of one indicator of the catalogue, by id or alias. */
export function indicatorRoute(deps: GatewayDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v2/indicators/{id}',
    id: 'getIndicator',
    summary: 'Parameters, ranges, outputs and warm-up of an indicator',
    access: 'read',
    query: queries.none,
    response: 'Indicator',
    errors: ['indicator_unknown'],
    handle(request) {
      const id = request.params['id'] ?? '';
      const entry = findEntry(deps.catalogue, id);
      if (entry === undefined) throw new SignalError('indicator_unknown', `${id.slice(0, 100)} is not in the catalogue`);
      return { body: bodyOf(entry) };
    },
  });
}
