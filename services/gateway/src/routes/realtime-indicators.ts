import { parseInstrument, parseInterval, queries } from '@signal/contracts';
import { requireEntitlement } from '../auth/entitlements.ts';
import { knownInstrument } from '../data/instruments.ts';
import { readingBodyOf } from '../data/reading-body.ts';
import { requestedList } from '../data/requested.ts';
import type { GatewayDeps } from '../deps.ts';
import { callerOf, defineRoute, type Route } from '../http/route.ts';

/** Returns the route of the newest readings. A reading that nobody had asked for is started, and awaited for 2 s. */
export function realtimeIndicatorsRoute(deps: GatewayDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v2/realtime/indicators/{instrument}',
    id: 'getRealtimeIndicators',
    summary: 'The newest readings of indicators, closed and forming',
    access: 'read',
    query: queries.indicators,
    response: 'RealtimeIndicators',
    errors: ['instrument_invalid', 'interval_invalid', 'expression_invalid', 'instrument_unknown', 'entitlement_missing'],
    async handle(request) {
      const interval = parseInterval(request.query.interval).text;
      const requested = requestedList(request.query.indicators, deps.catalogue);
      const instrument = await knownInstrument(deps, request.params['instrument'] ?? '');
      requireEntitlement(callerOf(request), { instrument, indicators: requested.flatMap((one) => one.ids) });
      for (const other of requested.flatMap((one) => one.instruments)) requireEntitlement(callerOf(request), { instrument: parseInstrument(other) });
      const pairs = await deps.planner.readings(
        instrument,
        interval,
        requested.map((one) => one.canonical),
      );
      const indicators = requested.map((one, index) => {
        const { closed, forming } = pairs[index] ?? {};
        const reading = {
          requested: one.requested,
          closed: readingBodyOf(closed, one.outputs),
          forming: forming === undefined ? null : readingBodyOf(forming, one.outputs),
        };
        return [one.canonical, reading] as const;
      });
      return { body: { instrument: instrument.id, interval, indicators: Object.fromEntries(indicators) } };
    },
  });
}
