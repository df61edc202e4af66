import { type Bar, type ErrorCode, type Interval, type Trade } from '@signal/contracts';
import { barSpan } from '@signal/market';
import { isDateText, openOfDate, readInstrument, readNumber, readTime } from './csv-values.ts';
import type { CsvFormat } from './csv-format.ts';

/** Why a row is refused. */
export type Reason = Extract<ErrorCode, 'schema' | 'time' | 'instrument' | 'price' | 'size' | 'future' | 'late'>;

/** What one row says: a record that may enter the log, a repeat, or a refusal. `instrument` is known from its check on. */
export type RowVerdict = Readonly<
  { outcome: 'accepted'; record: Trade | Bar } | { outcome: 'duplicate' } | { outcome: 'rejected'; reason: Reason; instrument: string | undefined }
>;

/** What the rows before have left behind, of one instrument. */
type Known = { newestMs: number; readonly ids: Set<string>; readonly bars: Map<number, string> };

/** What rows are judged by. */
export type RowRules = Readonly<{ format: CsvFormat; interval: Interval; instrument: string; startedAtMs: number }>;

const LATENESS_MS = 5_000;
const FUTURE_MS = 60_000;
const MAX_PRICE = 1e9;
const MAX_SIZE = 1e12;

const isPrice = (price: number | undefined): price is number => price !== undefined && price > 0 && price <= MAX_PRICE;
const readSize = (text: string): number | undefined => {
  const size = text === '' ? 0 : readNumber(text);
  return size !== undefined && size >= 0 && size <= MAX_SIZE ? size : undefined;
};
const readPrices = (cell: (name: string) => string): Readonly<{ open: number; high: number; low: number; close: number }> | undefined => {
  const [open, high, low, close] = ['open', 'high', 'low', 'close'].map((name) => readNumber(cell(name)));
  if (!isPrice(open) || !isPrice(high) || !isPrice(low) || !isPrice(close)) return undefined;
  return low <= Math.min(open, close) && high >= Math.max(open, close) ? { open, high, low, close } : undefined;
};
const venueOf = (instrument: string): string => instrument.slice(0, instrument.indexOf(':'));

/** Judges the rows of a file in their order by the checks schema, time, instrument, price, size, future, duplicate, late. */
export class RowJudge {
  private readonly rules: RowRules;
  private readonly known = new Map<string, Known>();

  constructor(rules: RowRules) {
    this.rules = rules;
  }

  judge(fields: readonly string[] | undefined): RowVerdict {
    const { format, instrument: setInstrument } = this.rules;
    const refused = (reason: Reason, instrument?: string): RowVerdict => ({ outcome: 'rejected', reason, instrument });
    if (fields === undefined || fields.length !== format.width) return refused('schema');
    const cell = (name: string): string => fields[format.column.get(name) ?? -1] ?? '';
    const time = cell('time');
    const stampMs = readTime(time);
    if (stampMs === undefined && !isDateText(time)) return refused('time');
    const instrument = readInstrument(format.column.has('instrument') ? cell('instrument') : setInstrument);
    if (instrument === undefined) return refused('instrument');
    const tMs = stampMs ?? openOfDate(time, venueOf(instrument));
    if (tMs === undefined) return refused('time', instrument);
    return format.kind === 'trades' ? this.judgeTrade({ instrument, tMs, cell }) : this.judgeBar({ instrument, tMs, cell });
  }

  private judgeTrade({ instrument, tMs, cell }: Readonly<{ instrument: string; tMs: number; cell(name: string): string }>): RowVerdict {
    const refused = (reason: Reason): RowVerdict => ({ outcome: 'rejected', reason, instrument });
    const price = readNumber(cell('price'));
    if (!isPrice(price)) return refused('price');
    const size = readSize(cell('size'));
    if (size === undefined) return refused('size');
    if (tMs > this.rules.startedAtMs + FUTURE_MS) return refused('future');
    const known = this.knownOf(instrument);
    const id = cell('id');
    if (id !== '' && known.ids.has(id)) return { outcome: 'duplicate' };
    if (tMs < known.newestMs - LATENESS_MS) return refused('late');
    if (id !== '') known.ids.add(id);
    known.newestMs = Math.max(known.newestMs, tMs);
    return { outcome: 'accepted', record: { kind: 'trade', instrument, tMs, price, size, source: 'live' } };
  }

  private judgeBar({ instrument, tMs, cell }: Readonly<{ instrument: string; tMs: number; cell(name: string): string }>): RowVerdict {
    const refused = (reason: Reason): RowVerdict => ({ outcome: 'rejected', reason, instrument });
    const span = barSpan(this.rules.interval, venueOf(instrument), tMs);
    if (span === undefined || span.startMs !== tMs) return refused('time');
    const prices = readPrices(cell);
    if (prices === undefined) return refused('price');
    const volume = readSize(cell('volume'));
    if (volume === undefined) return refused('size');
    if (tMs > this.rules.startedAtMs + FUTURE_MS) return refused('future');
    const known = this.knownOf(instrument);
    const values = [...Object.values(prices), volume].join(' ');
    if (known.bars.get(tMs) === values) return { outcome: 'duplicate' };
    if (tMs <= known.newestMs) return refused('late');
    known.bars.set(tMs, values);
    known.newestMs = tMs;
    const { startMs, endMs, session } = span;
    const interval = this.rules.interval.text;
    return {
      outcome: 'accepted',
      record: { kind: 'bar', instrument, interval, startMs, endMs, ...prices, volume, final: true, rev: 0, source: 'live', session },
    };
  }

  private knownOf(instrument: string): Known {
    const known = this.known.get(instrument) ?? { newestMs: Number.NEGATIVE_INFINITY, ids: new Set<string>(), bars: new Map<number, string>() };
    this.known.set(instrument, known);
    return known;
  }
}
