import type { Queryable } from '../postgres/postgres.ts';

/** Where a stored series begins and ends. */
export type SeriesExtent = Readonly<{ anchorMs: number; newestMs: number }>;

const sql = `
  SELECT
    (SELECT start_ms FROM bars WHERE instrument = $1 AND interval = $2 ORDER BY start_ms ASC LIMIT 1) AS "anchorMs",
    (SELECT start_ms FROM bars WHERE instrument = $1 AND interval = $2 ORDER BY start_ms DESC LIMIT 1) AS "newestMs"`;

/** Returns the start of the first stored bar of a series (its anchor) and of the newest, or `undefined` when none is stored. */
export async function readSeriesExtent(
  postgres: Queryable,
  series: Readonly<{ instrument: string; interval: string }>,
): Promise<SeriesExtent | undefined> {
  const { rows } = await postgres.query<{ anchorMs: number | null; newestMs: number | null }>(sql, [series.instrument, series.interval]);
  const { anchorMs = null, newestMs = null } = rows[0] ?? {};
  return anchorMs === null || newestMs === null ? undefined : { anchorMs, newestMs };
}
