import { parseInstrument, queries } from '@signal/contracts';
import { mayRead, requireEntitlement } from '../auth/entitlements.ts';
import { latestScriptSignals, signalBodyOf } from '../data/script-signals.ts';
import type { GatewayDeps } from '../deps.ts';
import { callerOf, defineRoute, type Route } from '../http/route.ts';

/** Returns the route of the newest script signals. */
export function realtimeSignalsRoute(deps: GatewayDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v2/realtime/signals',
    id: 'getRealtimeSignals',
    summary: 'The newest signals of scripts, the newest first',
    access: 'read',
    query: queries.signals,
    response: 'RealtimeSignals',
    errors: ['instrument_invalid', 'entitlement_missing'],
    async handle(request) {
      const caller = callerOf(request);
      const wanted = request.query.instrument === undefined ? undefined : parseInstrument(request.query.instrument);
      if (wanted !== undefined) requireEntitlement(caller, { instrument: wanted });
      const signals = await latestScriptSignals(deps, { script: request.query.script, instrument: wanted?.id });
      const visible = signals.filter((signal) => mayRead(caller, parseInstrument(signal.instrument)));
      return { body: { data: visible.map(signalBodyOf), page: { nextCursor: null, hasMore: false } } };
    },
  });
}
