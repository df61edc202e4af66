import type { BarBody, Signal } from '@signal/contracts';
import { isDaily, parseInterval, SignalError } from '@signal/contracts';
import { computeBatch } from '@signal/indicators';
import { type Postgres, readBars, type StoredBar } from '@signal/store';
import { timeTextOf } from './bar-body.ts';
import type { History, Range, ReadingRow } from './history.ts';
import type { Requested } from './requested.ts';
import { signalBodyOf } from './script-signals.ts';

/** Bars that one answer may fold. */
const MAX_FOLDED_BARS = 500_000;

const bodyOf = (bar: StoredBar): BarBody => ({
  ts: timeTextOf(bar.startMs),
  ...(isDaily(parseInterval(bar.interval)) && bar.session !== '' ? { session: bar.session } : {}),
  open: bar.open,
  high: bar.high,
  low: bar.low,
  close: bar.close,
  volume: bar.volume,
  final: bar.final,
  source: bar.source,
});

type Columns = Readonly<Record<'open' | 'high' | 'low' | 'close' | 'volume', Float64Array>>;

const columnsOf = (bars: readonly StoredBar[]): Columns => {
  const column = (name: keyof Columns): Float64Array => Float64Array.from(bars, (bar) => bar[name]);
  return { open: column('open'), high: column('high'), low: column('low'), close: column('close'), volume: column('volume') };
};

const inRange = (bars: readonly StoredBar[], { fromMs = -Infinity, toMs = Infinity, limit, last }: Range): readonly number[] => {
  const rows = bars.flatMap((bar, row) => (bar.startMs >= fromMs && bar.startMs < toMs ? row : []));
  return last === true ? rows.slice(-limit) : rows.slice(0, limit);
};

const valueOf = (column: Float64Array | undefined, row: number): number | null => {
  const value = column?.[row];
  return value === undefined || !Number.isFinite(value) ? null : value;
};

const readingsOf = (bars: readonly StoredBar[], rows: readonly number[], expressions: readonly Requested[]): readonly ReadingRow[] => {
  const columns = columnsOf(bars);
  const computed = expressions.map((one) => ({ ...one, readings: computeBatch(one.expression, columns) }));
  return rows.flatMap((row) => {
    const bar = bars[row];
    if (bar === undefined) return [];
    const values = computed.map(
      (one) => [one.canonical, Object.fromEntries(one.outputs.map((output) => [output, valueOf(one.readings[output], row)]))] as const,
    );
    return { tsMs: bar.startMs, session: bodyOf(bar).session, values: Object.fromEntries(values) };
  });
};

const scriptSignals = (direction: 'ASC' | 'DESC'): string => `
  SELECT instrument, interval, expression, ts_ms AS "tsMs", seq, "values" AS data
  FROM signals
  WHERE topic = 'scripts' AND instrument = $1 AND ts_ms >= $2 AND ts_ms < $3 AND ($4 = '' OR starts_with(expression, $4 || '@'))
  ORDER BY ts_ms ${direction}, seq ${direction}, expression ${direction}, interval ${direction}
  LIMIT $5`;

type ScriptRow = Readonly<{ instrument: string; interval: string; expression: string; tsMs: number; seq: number; data: Signal['data'] }>;

/** Returns the history in Postgres. Readings fold every bar from the first stored one, so that a page never differs from the live series. */
export function storedHistory(postgres: Postgres): History {
  return {
    async bars({ last, ...range }) {
      const bars = await readBars(postgres, { ...range, order: last === true ? 'newest' : 'oldest' });
      return bars.map((bar) => ({ tsMs: bar.startMs, bar: bodyOf(bar) }));
    },
    async readings(range, expressions) {
      const { instrument, interval, toMs } = range;
      const bars = await readBars(postgres, {
        instrument,
        interval,
        ...(toMs === undefined ? {} : { toMs }),
        limit: MAX_FOLDED_BARS + 1,
        order: 'oldest',
      });
      if (bars.length > MAX_FOLDED_BARS)
        throw new SignalError('overloaded', `${instrument} ${interval} has more than ${MAX_FOLDED_BARS} bars to fold`);
      return readingsOf(bars, inRange(bars, range), expressions);
    },
    async signals({ instrument, fromMs = 0, toMs = Number.MAX_SAFE_INTEGER, limit, last, script = '' }) {
      const { rows } = await postgres.query<ScriptRow>(scriptSignals(last === true ? 'DESC' : 'ASC'), [instrument, fromMs, toMs, script, limit]);
      const ascending = last === true ? rows.reverse() : rows;
      return ascending.map((row) => signalBodyOf({ ...row, final: true }));
    },
  };
}
