import { parseInstrument, queries, SignalError } from '@signal/contracts';
import { requireEntitlement } from '../auth/entitlements.ts';
import { greeksBodyOf, legOf } from '../data/greeks-body.ts';
import { partitionFor } from '../data/instruments.ts';
import { readSlice } from '../data/slices.ts';
import type { GatewayDeps } from '../deps.ts';
import { callerOf, defineRoute, type Route } from '../http/route.ts';

/** Returns the route of one option's greeks. */
export function realtimeGreeksRoute(deps: GatewayDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v2/realtime/greeks/{option}',
    id: 'getRealtimeGreeks',
    summary: 'Theoretical price, implied volatility and greeks of an option',
    access: 'read',
    query: queries.none,
    response: 'RealtimeGreeks',
    errors: ['instrument_invalid', 'instrument_unknown', 'entitlement_missing'],
    async handle(request) {
      const option = parseInstrument(request.params['option'] ?? '');
      if (option.kind !== 'option')
        throw new SignalError('instrument_invalid', `${option.id} is no option, and must be VENUE:UNDERLYING-YYYYMMDD-STRIKE-C or -P`);
      requireEntitlement(callerOf(request), { instrument: option, greeks: true });
      const at = { partition: partitionFor(option, deps.partitions), underlying: option.underlying, expiry: option.expiry ?? '' };
      const slice = await readSlice(deps.latest, at);
      const leg = slice === undefined ? undefined : legOf(slice, option);
      if (slice === undefined || leg === undefined) throw new SignalError('instrument_unknown', `${option.id} is not listed`);
      return { body: greeksBodyOf(slice, leg) };
    },
  });
}
