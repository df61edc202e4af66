import type { LatestValue } from '@signal/bus';
import { type Bar, type Interval, type Mark, type MarketRecord, parseInterval, type Quote, SignalError, type Trade } from '@signal/contracts';
import { type BarBuilder, type BarBuilderOptions, createBarBuilder, type OpenBar } from '@signal/market';
import { seriesKey } from './bar-signals.ts';
import { instrumentField, type LatestQuote, quoteField, withQuote, withTrade } from './latest-quote.ts';
import { SeenIds } from './seen-ids.ts';

/** What the fold asks of its feed: the bar that is not over at an instant, where a series is opened in the middle of one. */
export type SeedOf = (instrument: string, interval: string, cutoffMs: number) => OpenBar | undefined;

/** What a fold begins with. `beforeMs` = market time before the first mark. */
export type IngestFoldOptions = Readonly<{
  rules: BarBuilderOptions;
  beforeMs: number;
  seedOf: SeedOf;
  rowInterval?: string | undefined;
  snapshot?: Uint8Array;
}>;

type Saved = Readonly<{
  timeMs: number;
  builder: string;
  instruments: readonly string[];
  plans: readonly string[];
  scripts: readonly string[];
  seq: readonly (readonly [string, number])[];
  quotes: readonly LatestQuote[];
  ids: readonly (readonly [string, readonly string[]])[];
}>;

type OfKind<Kind extends MarketRecord['kind']> = Extract<MarketRecord, { kind: Kind }>;
type Takers = Readonly<{ [Kind in MarketRecord['kind']]?: (record: OfKind<Kind>) => void }>;
const option = /-\d{8}-[\d.]+-[CP]$/;

/** Returns the key of a plan: instrument, interval, expression. */
export function planKey(plan: Readonly<{ instrument: string; interval: string; expression: string }>): string {
  return `${plan.instrument}|${plan.interval}|${plan.expression}`;
}

/** Returns the key of a running script. */
export function scriptKey(script: Readonly<{ script: string; instrument: string; interval: string }>): string {
  return `${script.script}|${script.instrument}|${script.interval}`;
}

/** The state of one partition that its own log determines: bars being built, series and plans open, counters, newest quotes. */
export class IngestFold {
  readonly builder: BarBuilder;
  readonly instruments = new Set<string>();
  readonly plans = new Set<string>();
  /** Running scripts by key, with the version that runs. */
  readonly scripts = new Map<string, string>();
  readonly seen = new SeenIds();
  /** Market time: the last mark. */
  timeMs: number;
  private readonly seedOf: SeedOf;
  private readonly rowInterval: Interval | undefined;
  private readonly seq = new Map<string, number>();
  private readonly quotes = new Map<string, LatestQuote>();
  private readonly quoted = new Set<string>();
  /** Instruments named since the last call of `takeLatest`. */
  private readonly named: LatestValue[] = [];
  /** What each kind of record changes here; the other kinds are for readers. */
  private readonly takers: Takers = {
    mark: (record) => this.onMark(record),
    trade: (record) => this.onTrade(record),
    quote: (record) => this.onQuote(record),
    bar: (record) => this.onBar(record),
    'feed-end': () => this.builder.closeAll(),
    instrument: (record) => this.onInstrument(record),
    'series-open': (record) => this.openSeries(record),
    'plan-start': (record) => void this.plans.add(planKey(record)),
    'plan-stop': (record) => void this.plans.delete(planKey(record)),
    'script-start': (record) => void this.scripts.set(scriptKey(record), String(record.version)),
    'script-stop': (record) => void this.scripts.delete(scriptKey(record)),
    'trade-ids': ({ instrument, ids }) => this.seen.add(instrument, ids),
  };

  constructor({ rules, beforeMs, seedOf, rowInterval, snapshot }: IngestFoldOptions) {
    const saved = snapshot === undefined ? undefined : readSaved(snapshot);
    this.seedOf = seedOf;
    this.rowInterval = rowInterval === undefined ? undefined : parseInterval(rowInterval);
    this.timeMs = saved?.timeMs ?? beforeMs;
    this.builder = createBarBuilder(rules, saved === undefined ? undefined : new TextEncoder().encode(saved.builder));
    if (saved !== undefined) this.restore(saved);
  }

  /** Takes one record of an entry. Of bars only the rows of a feed of bars are taken: the others are what comes out. */
  apply(record: MarketRecord): void {
    const take = this.takers[record.kind] as ((record: MarketRecord) => void) | undefined;
    take?.(record);
  }

  /** Returns the `seq` of the next signal of a key, and counts it. */
  nextSeq(key: string): number {
    const next = (this.seq.get(key) ?? 0) + 1;
    this.seq.set(key, next);
    return next;
  }

  /** Counts a bar that stands in the log. */
  count(bar: Bar): void {
    this.nextSeq(seriesKey(bar));
  }

  /** Returns the instruments that were named and the quotes that changed since the last call, as latest values. */
  takeLatest(): readonly LatestValue[] {
    const values = this.named.splice(0);
    for (const instrument of this.quoted) {
      const quote = this.quotes.get(instrument);
      if (quote !== undefined) values.push(quoteField(quote));
    }
    this.quoted.clear();
    return values;
  }

  snapshot(): Uint8Array {
    const saved: Saved = {
      timeMs: this.timeMs,
      builder: new TextDecoder().decode(this.builder.snapshot()),
      instruments: [...this.instruments],
      plans: [...this.plans],
      scripts: [...this.scripts].map(([key, version]) => `${key}\n${version}`),
      seq: [...this.seq],
      quotes: [...this.quotes.values()],
      ids: this.seen.entries(),
    };
    return new TextEncoder().encode(JSON.stringify(saved));
  }

  private restore(saved: Saved): void {
    for (const instrument of saved.instruments) this.instruments.add(instrument);
    for (const plan of saved.plans) this.plans.add(plan);
    for (const line of saved.scripts) this.scripts.set(line.slice(0, line.indexOf('\n')), line.slice(line.indexOf('\n') + 1));
    for (const [key, count] of saved.seq) this.seq.set(key, count);
    for (const quote of saved.quotes) this.quotes.set(quote.instrument, quote);
    for (const [instrument, ids] of saved.ids) this.seen.add(instrument, ids);
  }

  private onMark({ tMs }: Mark): void {
    if (tMs > this.timeMs) this.timeMs = tMs;
    this.builder.mark(tMs);
  }

  private onInstrument({ instrument, feed, source }: OfKind<'instrument'>): void {
    this.instruments.add(instrument);
    this.named.push(instrumentField({ instrument, feed, source }));
  }

  private onTrade(trade: Trade): void {
    this.builder.trade(trade);
    if (option.test(trade.instrument)) return;
    this.quotes.set(trade.instrument, withTrade(this.quotes.get(trade.instrument), trade));
    this.quoted.add(trade.instrument);
  }

  private onQuote(quote: Quote): void {
    if (option.test(quote.instrument)) return;
    this.quotes.set(quote.instrument, withQuote(this.quotes.get(quote.instrument), quote));
    this.quoted.add(quote.instrument);
  }

  private onBar(bar: Bar): void {
    const interval = this.rowInterval;
    if (interval?.text !== bar.interval || !bar.final) return;
    const { instrument, startMs, open, high, low, close, volume, source } = bar;
    this.builder.bar({ instrument, interval, tMs: startMs, open, high, low, close, volume, source, withOwn: false });
  }

  private openSeries({ instrument, interval }: OfKind<'series-open'>): void {
    this.builder.open(instrument, interval, this.seedOf(instrument, interval, this.timeMs));
  }
}

function readSaved(bytes: Uint8Array): Saved {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as Saved;
  } catch (cause) {
    throw new SignalError('snapshot_incompatible', `snapshot of a partition is not JSON (${bytes.length} bytes)`, { cause });
  }
}
