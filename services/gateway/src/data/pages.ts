import { SignalError } from '@signal/contracts';
import type { Caller } from '../auth/caller.ts';
import { type CursorSigner, cursorScope, type Place } from './cursor.ts';
import type { Range } from './history.ts';

/** The parameters of a historical query that bound its rows. */
export type RangeQuery = Readonly<{ from?: string | undefined; to?: string | undefined; limit: number; cursor?: string | undefined }>;

/** A page of rows. `link` goes into the header `Link` when there is more. */
export type Paged<Row> = Readonly<{
  rows: readonly Row[];
  page: Readonly<{ nextCursor: string | null; hasMore: boolean }>;
  headers: Readonly<Record<string, string>>;
}>;

const timeOf = (text: string | undefined): number | undefined => (text === undefined ? undefined : Date.parse(text));

type Pager = Readonly<{ cursors: CursorSigner; caller: Caller; url: string }>;

const boundTo = (pager: Pager): Readonly<{ user: string; query: string }> => ({ user: pager.caller.sub, query: cursorScope(pager.url) });

const placeOf = (pager: Pager, query: RangeQuery): Place | undefined =>
  query.cursor === undefined ? undefined : pager.cursors.open(boundTo(pager), query.cursor);

const requireOrder = (query: RangeQuery, fromMs = -Infinity, toMs = Infinity): void => {
  if (fromMs > toMs) {
    throw new SignalError('query_invalid', `from is ${query.from}, and must not be after to, ${query.to}`, {
      errors: [{ pointer: 'from', detail: 'must not be after to' }],
    });
  }
};

/**
 * Returns the bounds to read for a query: one row more than asked, which tells whether there is a next page. Several rows may
 * have one stamp, so a page begins at the stamp of the last row before it, whose given rows are read again.
 */
export function rangeOf(pager: Pager, query: RangeQuery): Omit<Range, 'instrument' | 'interval'> {
  const fromMs = timeOf(query.from);
  const toMs = timeOf(query.to);
  requireOrder(query, fromMs, toMs);
  const place = placeOf(pager, query);
  const startMs = place?.tsMs ?? fromMs;
  const isLast = fromMs === undefined && toMs === undefined && place === undefined;
  return {
    ...(startMs === undefined ? {} : { fromMs: startMs }),
    ...(toMs === undefined ? {} : { toMs }),
    limit: isLast ? query.limit : query.limit + 1 + (place?.given ?? 0),
    ...(isLast ? { last: true } : {}),
  };
}

/** Returns the page of rows read by `rangeOf`, with the cursor to the next one. */
export function pageOf<Row>(pager: Pager, query: RangeQuery, read: Readonly<{ rows: readonly Row[]; tsMs: (row: Row) => number }>): Paged<Row> {
  const place = placeOf(pager, query);
  const unread = read.rows.slice(place?.given ?? 0);
  const rows = unread.slice(0, query.limit);
  const newest = rows.at(-1);
  if (unread.length <= query.limit || newest === undefined) return { rows, page: { nextCursor: null, hasMore: false }, headers: {} };
  const tsMs = read.tsMs(newest);
  const before = place?.tsMs === tsMs ? place.given : 0;
  const nextCursor = pager.cursors.sign(boundTo(pager), { tsMs, given: before + rows.filter((row) => read.tsMs(row) === tsMs).length });
  const [path = '', text = ''] = pager.url.split('?', 2);
  const parameters = new URLSearchParams(text);
  parameters.set('cursor', nextCursor);
  return { rows, page: { nextCursor, hasMore: true }, headers: { Link: `<${path}?${parameters.toString()}>; rel="next"` } };
}
