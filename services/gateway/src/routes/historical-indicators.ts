import { type HistoricalReading, parseInterval, queries } from '@signal/contracts';
import { requireEntitlement } from '../auth/entitlements.ts';
import { timeTextOf } from '../data/bar-body.ts';
import type { ReadingRow } from '../data/history.ts';
import { knownInstrument } from '../data/instruments.ts';
import { pageOf, rangeOf } from '../data/pages.ts';
import { type Requested, requestedList } from '../data/requested.ts';
import type { GatewayDeps } from '../deps.ts';
import { csvOf } from '../http/csv.ts';
import { callerOf, defineRoute, type Route } from '../http/route.ts';

const csvText = (requested: readonly Requested[], rows: readonly ReadingRow[]): string => {
  const cells = requested.flatMap((one) => one.outputs.map((output) => ({ expression: one.canonical, output })));
  const columns = ['ts', 'session', 'final', ...cells.map(({ expression, output }) => `${expression}.${output}`)];
  return csvOf(
    columns,
    rows.map((row) => [timeTextOf(row.tsMs), row.session, true, ...cells.map(({ expression, output }) => row.values[expression]?.[output])]),
  );
};

const readingOf = (row: ReadingRow): HistoricalReading => ({
  ts: timeTextOf(row.tsMs),
  ...(row.session === undefined ? {} : { session: row.session }),
  final: true,
  values: row.values,
});

/** Returns the route of readings over stored bars, folded from the first bar of the series. */
export function historicalIndicatorsRoute(deps: GatewayDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v2/historical/indicators/{instrument}',
    id: 'getHistoricalIndicators',
    summary: 'Readings of closed bars, [from, to) ascending; without both the newest',
    access: 'read',
    query: queries.historicalIndicators,
    response: 'HistoricalIndicators',
    mediaTypes: ['application/json', 'text/csv'],
    errors: ['instrument_invalid', 'interval_invalid', 'expression_invalid', 'cursor_invalid', 'instrument_unknown', 'entitlement_missing'],
    async handle(request) {
      const caller = callerOf(request);
      const interval = parseInterval(request.query.interval).text;
      const requested = requestedList(request.query.indicators, deps.catalogue);
      const instrument = await knownInstrument(deps, request.params['instrument'] ?? '');
      requireEntitlement(caller, { instrument, indicators: requested.flatMap((one) => one.ids) });
      const pager = { cursors: deps.cursors, caller, url: request.url };
      const range = { instrument: instrument.id, interval, ...rangeOf(pager, request.query) };
      const rows = await deps.planner.stored(instrument, interval, () => deps.history.readings(range, requested));
      const paged = pageOf(pager, request.query, { rows, tsMs: (row) => row.tsMs });
      requireEntitlement(caller, { historyFromMs: paged.rows[0]?.tsMs ?? Infinity }, (await deps.fleet.marketMs()) ?? deps.clock.nowMs());
      if (request.mediaType === 'text/csv') return { text: csvText(requested, paged.rows), mediaType: 'text/csv', headers: paged.headers };
      return { body: { instrument: instrument.id, interval, data: paged.rows.map(readingOf), page: paged.page }, headers: paged.headers };
    },
  });
}
