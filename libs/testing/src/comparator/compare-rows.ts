import { Client } from 'pg';
import { compareRecordings, type CompareOptions, type Difference } from './compare-recordings.ts';
import type { RecordedSignal, Recording } from './recording.ts';

/** What makes a row of a table: its key and what it says; when and by whom it was written does not count. */
const queries = {
  bars: `SELECT instrument || '|' || interval AS key, start_ms::text AS at, rev::text AS rev, n::text AS id,
                jsonb_build_array(open, high, low, close, volume, source, session, final, seq)::text AS text
           FROM bars ORDER BY 1, start_ms, bars.rev`,
  signals: `SELECT topic || '|' || instrument || '|' || interval || '|' || expression || '|' || expiry AS key, ts_ms::text AS at, rev::text AS rev,
                   n::text AS id, jsonb_build_array(seq, "values")::text AS text
              FROM signals ORDER BY 1, ts_ms, signals.rev, seq`,
} as const;

type Row = Readonly<{ key: string; at: string; rev: string; id: string; text: string }>;

/** Rows of a key stand in order of time and revision; their place is what two runs are compared by. */
const recordRows = async (databaseUrl: string): Promise<Recording> => {
  const client = new Client({ connectionString: databaseUrl, statement_timeout: 60_000 });
  const signals = new Map<string, RecordedSignal[]>();
  await client.connect();
  try {
    for (const [table, query] of Object.entries(queries)) {
      const { rows } = await client.query<Row>(query);
      for (const { key, at, rev, id, text } of rows) {
        const named = `rows of ${table} ${key}`;
        const known = signals.get(named) ?? [];
        signals.set(named, known);
        known.push({ id, seq: known.length + 1, text: `${at} rev ${rev} ${text}` });
      }
    }
    return { signals, gaps: [] };
  } finally {
    await client.end();
  }
};

/** Compares the bars and signals that two runs left in Postgres: key, time, revision, final and values; with `ids` also the market entry. */
export async function compareRows(undisturbedUrl: string, otherUrl: string, options: CompareOptions = {}): Promise<Difference> {
  const [undisturbed, other] = await Promise.all([recordRows(undisturbedUrl), recordRows(otherUrl)]);
  return compareRecordings(undisturbed, other, options);
}
