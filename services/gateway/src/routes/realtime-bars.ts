import { parseInterval, queries } from '@signal/contracts';
import { requireEntitlement } from '../auth/entitlements.ts';
import { barBodyOf } from '../data/bar-body.ts';
import { knownInstrument } from '../data/instruments.ts';
import type { GatewayDeps } from '../deps.ts';
import { callerOf, defineRoute, type Route } from '../http/route.ts';

/** Returns the route of the newest closed bar and the forming one. */
export function realtimeBarsRoute(deps: GatewayDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v2/realtime/bars/{instrument}',
    id: 'getRealtimeBars',
    summary: 'The newest closed bar and the one that is forming',
    access: 'read',
    query: queries.interval,
    response: 'RealtimeBars',
    errors: ['instrument_invalid', 'interval_invalid', 'instrument_unknown', 'entitlement_missing'],
    async handle(request) {
      const interval = parseInterval(request.query.interval).text;
      const instrument = await knownInstrument(deps, request.params['instrument'] ?? '');
      requireEntitlement(callerOf(request), { instrument });
      const { closed, forming } = await deps.planner.bars(instrument, interval);
      return {
        body: {
          instrument: instrument.id,
          interval,
          closed: closed === undefined ? null : barBodyOf(closed),
          forming: forming === undefined ? null : barBodyOf(forming),
        },
      };
    },
  });
}
