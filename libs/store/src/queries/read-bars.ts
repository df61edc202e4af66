import type { Source } from '@signal/contracts';
import type { Queryable } from '../postgres/postgres.ts';

/** A stored bar. `session` is the exchange's date from one day up, else ''. */
export type StoredBar = Readonly<{
  instrument: string;
  interval: string;
  startMs: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  source: Source;
  session: string;
  final: boolean;
  rev: number;
  seq: number;
}>;

/** Bars whose start lies in `[fromMs, toMs)`. `newest` takes the last `limit` of them, `oldest` the first; both come back ascending. */
export type BarsQuery = Readonly<{ instrument: string; interval: string; fromMs?: number; toMs?: number; limit: number; order: 'newest' | 'oldest' }>;

const columns = `instrument, interval, start_ms AS "startMs", open, high, low, close, volume, source, session, final, rev, seq`;
const sqlOf = (direction: 'ASC' | 'DESC'): string => `
  SELECT DISTINCT ON (start_ms) ${columns}
  FROM bars
  WHERE instrument = $1 AND interval = $2 AND start_ms >= $3 AND start_ms < $4
  ORDER BY start_ms ${direction}, rev DESC
  LIMIT $5`;
const sql = { oldest: sqlOf('ASC'), newest: sqlOf('DESC') };

/** Returns the greatest revision of each stored bar of a series, ascending. A next page begins after the last `startMs`, or before the first. */
export async function readBars(postgres: Queryable, query: BarsQuery): Promise<readonly StoredBar[]> {
  const { instrument, interval, fromMs = 0, toMs = Number.MAX_SAFE_INTEGER, limit, order } = query;
  const { rows } = await postgres.query<StoredBar>(sql[order], [instrument, interval, fromMs, toMs, limit]);
  return order === 'newest' ? rows.reverse() : rows;
}
