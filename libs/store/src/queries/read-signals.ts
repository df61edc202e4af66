import type { Topic } from '@signal/contracts';
import type { Queryable } from '../postgres/postgres.ts';

/** A stored signal. `values` is what its topic carried as `data`. */
export type StoredSignal = Readonly<{
  topic: Topic;
  instrument: string;
  interval: string;
  expression: string;
  expiry: string;
  tsMs: number;
  rev: number;
  seq: number;
  values: Readonly<Record<string, unknown>>;
}>;

/** Signals whose time lies in `[fromMs, toMs)`. `newest` takes the last `limit` of them, `oldest` the first; both come back ascending. */
export type SignalsQuery = Readonly<{
  topic: Topic;
  instrument: string;
  /** The empty text for signals that belong to no interval, expression or expiry. */
  interval?: string;
  expression?: string;
  expiry?: string;
  fromMs?: number;
  toMs?: number;
  limit: number;
  order: 'newest' | 'oldest';
}>;

const columns = `topic, instrument, interval, expression, expiry, ts_ms AS "tsMs", rev, seq, "values"`;
const sqlOf = (direction: 'ASC' | 'DESC'): string => `
  SELECT DISTINCT ON (ts_ms) ${columns}
  FROM signals
  WHERE instrument = $1 AND topic = $2 AND interval = $3 AND expression = $4 AND expiry = $5 AND ts_ms >= $6 AND ts_ms < $7
  ORDER BY ts_ms ${direction}, rev DESC, seq DESC
  LIMIT $8`;
const sql = { oldest: sqlOf('ASC'), newest: sqlOf('DESC') };

/** Returns the greatest revision of each stored signal of a key, ascending. A next page begins after the last `tsMs`, or before the first. */
export async function readSignals(postgres: Queryable, query: SignalsQuery): Promise<readonly StoredSignal[]> {
  const { topic, instrument, interval = '', expression = '', expiry = '', fromMs = 0, toMs = Number.MAX_SAFE_INTEGER, limit, order } = query;
  const { rows } = await postgres.query<StoredSignal>(sql[order], [instrument, topic, interval, expression, expiry, fromMs, toMs, limit]);
  return order === 'newest' ? rows.reverse() : rows;
}
