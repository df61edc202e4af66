import type { Queryable } from '@signal/store';
import { noSegment, type OpenSegment } from './plan-segments.ts';

const openSql = `
  SELECT max(hour_ms) AS "hourMs", coalesce(sum(raw_bytes), 0)::bigint AS "rawBytes", coalesce(sum(entries), 0)::bigint AS entries
  FROM segment_chunks WHERE partition = $1`;
const lastSql = 'SELECT hour_ms AS "hourMs" FROM segments WHERE partition = $1 ORDER BY from_n DESC LIMIT 1';

/** Returns the segment that a partition was filling. */
export async function loadOpenSegment(client: Queryable, partition: number): Promise<OpenSegment> {
  const open = (await client.query<{ hourMs: number | null; rawBytes: number; entries: number }>(openSql, [partition])).rows[0];
  if (open !== undefined && open.hourMs !== null) return { hourMs: open.hourMs, rawBytes: open.rawBytes, entries: open.entries };
  const last = (await client.query<{ hourMs: number }>(lastSql, [partition])).rows[0];
  return { ...noSegment, hourMs: last?.hourMs ?? noSegment.hourMs };
}
