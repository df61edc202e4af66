import { SignalError } from '@signal/contracts';
import type { Caller } from '../auth/caller.ts';
import { type CursorSigner, cursorScope } from './cursor.ts';
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

/** Returns the bounds to read for a query: one row more than asked, which tells whether there is a next page. */
export function rangeOf(pager: Pager, query: RangeQuery): Omit<Range, 'instrument' | 'interval'> {
  const fromMs = timeOf(query.from);
  const toMs = timeOf(query.to);
  if (fromMs !== undefined && toMs !== undefined && fromMs > toMs) {
    throw new SignalError('query_invalid', `from is ${query.from}, and must not be after to, ${query.to}`, {
      errors: [{ pointer: 'from', detail: 'must not be after to' }],
    });
  }
  const bound = { user: pager.caller.sub, query: cursorScope(pager.url) };
  const afterMs = query.cursor === undefined ? undefined : pager.cursors.open(bound, query.cursor) + 1;
  const startMs = afterMs ?? fromMs;
  const isLast = fromMs === undefined && toMs === undefined && afterMs === undefined;
  return {
    ...(startMs === undefined ? {} : { fromMs: startMs }),
    ...(toMs === undefined ? {} : { toMs }),
    limit: isLast ? query.limit : query.limit + 1,
    ...(isLast ? { last: true } : {}),
  };
}

/** Returns the page of rows read by `rangeOf`, with the cursor to the next one. */
export function pageOf<Row>(pager: Pager, query: RangeQuery, read: Readonly<{ rows: readonly Row[]; tsMs: (row: Row) => number }>): Paged<Row> {
  const rows = read.rows.slice(0, query.limit);
  const newest = rows.at(-1);
  if (read.rows.length <= query.limit || newest === undefined) return { rows, page: { nextCursor: null, hasMore: false }, headers: {} };
  const nextCursor = pager.cursors.sign({ user: pager.caller.sub, query: cursorScope(pager.url) }, read.tsMs(newest));
  const [path = '', text = ''] = pager.url.split('?', 2);
  const parameters = new URLSearchParams(text);
  parameters.set('cursor', nextCursor);
  return { rows, page: { nextCursor, hasMore: true }, headers: { Link: `<${path}?${parameters.toString()}>; rel="next"` } };
}
