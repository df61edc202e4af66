import { parseInterval, queries } from '@signal/contracts';
import { requireEntitlement } from '../auth/entitlements.ts';
import { knownInstrument } from '../data/instruments.ts';
import { pageOf, rangeOf } from '../data/pages.ts';
import type { GatewayDeps } from '../deps.ts';
import { csvOf } from '../http/csv.ts';
import { callerOf, defineRoute, type Route } from '../http/route.ts';

const columns = ['ts', 'session', 'open', 'high', 'low', 'close', 'volume', 'final', 'source'] as const;

/** Returns the route of stored bars, as JSON or CSV. */
export function historicalBarsRoute(deps: GatewayDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v2/historical/bars/{instrument}',
    id: 'getHistoricalBars',
    summary: 'Stored bars, [from, to) ascending; without both the newest',
    access: 'read',
    query: queries.historicalBars,
    response: 'HistoricalBars',
    mediaTypes: ['application/json', 'text/csv'],
    errors: ['instrument_invalid', 'interval_invalid', 'cursor_invalid', 'instrument_unknown', 'entitlement_missing'],
    async handle(request) {
      const caller = callerOf(request);
      const interval = parseInterval(request.query.interval).text;
      const instrument = await knownInstrument(deps, request.params['instrument'] ?? '');
      const pager = { cursors: deps.cursors, caller, url: request.url };
      const range = { instrument: instrument.id, interval, ...rangeOf(pager, request.query) };
      const rows = await deps.planner.stored(instrument, interval, () => deps.history.bars(range));
      const paged = pageOf(pager, request.query, { rows, tsMs: (row) => row.tsMs });
      requireEntitlement(caller, { instrument, historyFromMs: paged.rows[0]?.tsMs ?? Infinity }, (await deps.fleet.marketMs()) ?? deps.clock.nowMs());
      const data = paged.rows.map(({ bar }) => bar);
      if (request.mediaType === 'text/csv') {
        const text = csvOf(
          columns,
          data.map((bar) => columns.map((name) => bar[name])),
        );
        return { text, mediaType: 'text/csv', headers: paged.headers };
      }
      return { body: { instrument: instrument.id, interval, data, page: paged.page }, headers: paged.headers };
    },
  });
}
