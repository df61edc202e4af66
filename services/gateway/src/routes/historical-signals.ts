import { queries } from '@signal/contracts';
import { requireEntitlement } from '../auth/entitlements.ts';
import { knownInstrument } from '../data/instruments.ts';
import { pageOf, rangeOf } from '../data/pages.ts';
import type { GatewayDeps } from '../deps.ts';
import { csvOf } from '../http/csv.ts';
import { callerOf, defineRoute, type Route } from '../http/route.ts';

/** Returns the route of stored script signals of an instrument. */
export function historicalSignalsRoute(deps: GatewayDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v2/historical/signals/{instrument}',
    id: 'getHistoricalSignals',
    summary: 'Stored signals of scripts, [from, to) ascending; without both the newest',
    access: 'read',
    query: queries.historicalSignals,
    response: 'HistoricalSignals',
    mediaTypes: ['application/json', 'text/csv'],
    errors: ['instrument_invalid', 'cursor_invalid', 'instrument_unknown', 'entitlement_missing'],
    async handle(request) {
      const caller = callerOf(request);
      const { script } = request.query;
      const instrument = await knownInstrument(deps, request.params['instrument'] ?? '');
      requireEntitlement(caller, { instrument });
      const pager = { cursors: deps.cursors, caller, url: request.url };
      const rows = await deps.history.signals({
        instrument: instrument.id,
        ...rangeOf(pager, request.query),
        ...(script === undefined ? {} : { script }),
      });
      const paged = pageOf(pager, request.query, { rows, tsMs: (row) => Date.parse(row.ts) });
      requireEntitlement(
        caller,
        { historyFromMs: Date.parse(paged.rows[0]?.ts ?? '9999-12-31') },
        (await deps.fleet.marketMs()) ?? deps.clock.nowMs(),
      );
      if (request.mediaType === 'text/csv') {
        const lines = paged.rows.map((row) => [row.ts, row.interval, row.expression, row.seq, row.final, JSON.stringify(row.data)]);
        return { text: csvOf(['ts', 'interval', 'expression', 'seq', 'final', 'data'], lines), mediaType: 'text/csv', headers: paged.headers };
      }
      return { body: { instrument: instrument.id, data: paged.rows, page: paged.page }, headers: paged.headers };
    },
  });
}
