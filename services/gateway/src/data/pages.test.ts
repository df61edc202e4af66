import { describe, expect, it } from '@jest/globals';
import { createCursorSigner } from './cursor.ts';
import { pageOf, rangeOf, type RangeQuery } from './pages.ts';

type Row = Readonly<{ tsMs: number; name: string }>;
const rows: readonly Row[] = [1, 2, 2, 2, 2, 2, 3].map((tsMs, index) => ({ tsMs, name: `row ${index}` }));
const caller = { sub: 'alice', roles: new Set<string>(), entitlements: [], jti: undefined, expMs: 0 };
const cursors = createCursorSigner('test');

/** Reads every page as a client does, of rows that a store holds in order. */
const readAll = (limit: number): readonly (readonly string[])[] => {
  const pages: string[][] = [];
  const pager = { cursors, caller, url: `/rows?from=1970-01-01&limit=${limit}` };
  let query: RangeQuery = { from: '1970-01-01', limit };
  for (;;) {
    const { fromMs = 0, limit: most } = rangeOf(pager, query);
    const read = rows.filter(({ tsMs }) => tsMs >= fromMs).slice(0, most);
    const { rows: given, page } = pageOf(pager, query, { rows: read, tsMs: (row) => row.tsMs });
    pages.push(given.map(({ name }) => name));
    if (page.nextCursor === null) return pages;
    query = { ...query, cursor: page.nextCursor };
  }
};

describe('pages', () => {
  it.each([1, 2, 3, 4, 6, 7])('of %d rows join without a gap, also within one stamp', (limit) => {
    const pages = readAll(limit);
    expect(pages.flat()).toEqual(rows.map(({ name }) => name));
    expect(pages.length).toBe(Math.ceil(rows.length / limit));
  });

  it('refuses a cursor of another user', () => {
    const cursor = cursors.sign({ user: 'bob', query: '/rows?[]' }, { tsMs: 1, given: 1 });
    expect(() => rangeOf({ cursors, caller, url: '/rows' }, { limit: 1, cursor })).toThrow('not given for this query and user');
  });
});
