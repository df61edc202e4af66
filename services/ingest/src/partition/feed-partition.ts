import type { InboxEntry, LogEntry, OpenedAt, Rejected, SequencedEntry, SequencedPartition } from '@signal/bus';
import { type ControlRecord, type InboxRecord, isSignalError, type MarketRecord, parseInstrument, parseInterval, recordsOf } from '@signal/contracts';
import { barOutputs } from '../fold/bar-signals.ts';
import { IngestFold, planKey, scriptKey } from '../fold/ingest-fold.ts';
import type { FeedPosition, PartitionFeed } from '../feed/partition-feed.ts';
import { conflateQuotes } from './conflate-quotes.ts';
import { type Backfill, type ControlState, decodeControl, encodeControl, MOST_BACKFILLS } from './control-state.ts';
import { type Defaults, missingDefaults, openInstrument } from './defaults.ts';
import { judgePushed, type PushedPrice } from './inbox-prices.ts';

/** Bars of one entry of earlier bars at most. */
const BARS_PER_ENTRY = 2_000;
/** Series and plans of one partition at most: what anybody may ask for is bounded. */
const MOST_OPEN = 10_000;

/** What a partition is made of. `wallMs` reads the clock, for the one rule that looks at it. */
export type FeedPartitionOptions = Readonly<{
  feed: PartitionFeed;
  at: OpenedAt;
  defaults: Defaults;
  wallMs(): number;
  /** Counts records of the feed or the inbox that did not become part of the log. */
  count(outcome: 'duplicate' | 'rejected' | 'conflated', records: number): void;
  /** Called when everything handed out is committed. */
  onCommitted(state: Readonly<{ timeMs: number; over: boolean; instruments: readonly string[] }>): void;
}>;

type Draft = { records: MarketRecord[]; rejected: Rejected[] };

/** One partition of any feed: turns due steps and the inbox into entries, folds them, and says the bars that come out. */
export class FeedPartition implements SequencedPartition {
  private readonly options: FeedPartitionOptions;
  private readonly feed: PartitionFeed;
  private readonly fold: IngestFold;
  private position: FeedPosition;
  private backfills: readonly Backfill[];
  private isComplete = false;
  /** Sequence of the newest entry handed out, committed or not. */
  private handedN: number;

  constructor(options: FeedPartitionOptions) {
    const { feed, at } = options;
    this.options = options;
    this.feed = feed;
    this.handedN = at.lastN;
    const control = at.control === undefined || at.control === '' ? undefined : decodeControl(at.control);
    this.position = control === undefined || control.feed !== feed.name ? feed.firstPosition : control.position;
    this.backfills = control?.backfills ?? [];
    this.fold = new IngestFold({
      rules: feed.rules,
      beforeMs: feed.beforeMs,
      rowInterval: feed.rowInterval,
      seedOf: (instrument, interval, cutoffMs) => feed.history(instrument, interval, cutoffMs).forming,
      ...(at.snapshot === undefined ? {} : { snapshot: at.snapshot }),
    });
  }

  restore(entry: LogEntry): void {
    for (const record of recordsOf(entry.body)) {
      if (record.kind === 'bar') this.fold.count(record);
      this.fold.apply(record);
    }
    this.handedN = Math.max(this.handedN, entry.n);
    // The bars that come out were written in this very entry.
    this.fold.builder.take();
    this.fold.takeLatest();
  }

  ready(): void {
    this.feed.resume?.(this.position);
    this.report();
  }

  onInbox(records: readonly InboxEntry[], isHeldBack = false): SequencedEntry | undefined {
    const draft: Draft = { records: [], rejected: [] };
    const ids = new Map<string, string[]>();
    for (const { record } of isHeldBack && this.feed.takesPushes ? this.conflated(records) : records) {
      if (record.kind === 'trade' || record.kind === 'quote') this.onPushed(record, draft, ids);
      else this.onRequest(record, draft);
    }
    for (const [instrument, seen] of ids) this.take({ kind: 'trade-ids', instrument, ids: seen }, draft);
    if (draft.records.length === 0 && draft.rejected.length === 0) return undefined;
    // A refusal needs an entry to stand by; market time said again changes nothing.
    if (draft.records.length === 0) draft.records.push({ kind: 'mark', feed: this.feed.name, tMs: this.fold.timeMs });
    return this.entry(draft);
  }

  due(limit: number): readonly SequencedEntry[] {
    const entries: SequencedEntry[] = [];
    while (entries.length < limit) {
      const entry = this.completion() ?? this.backfill() ?? this.step();
      if (entry === undefined) break;
      entries.push(entry);
    }
    return entries;
  }

  nextDueInMs(): number | undefined {
    if (!this.isComplete || this.backfills.length > 0) return 0;
    return this.feed.dueInMs(this.position);
  }

  snapshot(): Uint8Array {
    return this.fold.snapshot();
  }

  committed(n: number): void {
    if (n === this.handedN) this.report();
  }

  /** The first entry, or a later one after settings changed: instruments, series, plans and scripts that are not open yet. */
  private completion(): SequencedEntry | undefined {
    if (this.isComplete) return undefined;
    this.isComplete = true;
    const missing = missingDefaults(this.fold, this.feed, this.options.defaults);
    if (missing.length === 0) {
      // A restored partition whose feed is over commits nothing more: this is when it can say so.
      this.report();
      return undefined;
    }
    const draft: Draft = { records: [], rejected: [] };
    const opened = new Map<string, string[]>();
    for (const record of missing) {
      this.take(record, draft);
      if (record.kind === 'series-open') opened.set(record.instrument, [...(opened.get(record.instrument) ?? []), record.interval]);
    }
    for (const [instrument, intervals] of opened) this.queue(instrument, intervals);
    return this.entry(draft);
  }

  private queue(instrument: string, intervals: readonly string[]): void {
    this.backfills = [...this.backfills, { instrument, intervals, cutoffMs: this.fold.timeMs, offset: 0 }];
  }

  private backfill(): SequencedEntry | undefined {
    for (let next = this.backfills[0]; next !== undefined; next = this.backfills[0]) {
      const { instrument, intervals, cutoffMs, offset } = next;
      const bars = intervals.flatMap((interval) => this.feed.history(instrument, interval, cutoffMs).finals);
      const chunk = bars.slice(offset, offset + BARS_PER_ENTRY);
      const rest = this.backfills.slice(1);
      this.backfills = offset + chunk.length < bars.length ? [{ ...next, offset: offset + chunk.length }, ...rest] : rest;
      if (chunk.length > 0) this.handedN += 1;
      if (chunk.length > 0) return { records: chunk, outputs: barOutputs(chunk, (key) => this.fold.nextSeq(key)), control: this.control() };
    }
    return undefined;
  }

  private step(): SequencedEntry | undefined {
    const step = this.feed.next(this.position);
    if (step === undefined) return undefined;
    this.position = step.position;
    const draft: Draft = { records: [], rejected: [...step.rejected] };
    for (const record of step.records) {
      if (record.kind === 'trade' || record.kind === 'bar') this.introduce(record.instrument, draft);
      this.take(record, draft);
    }
    if (step.rejected.length > 0) this.options.count('rejected', step.rejected.length);
    return this.entry(draft);
  }

  /** Readers are behind: of the quotes that wait, only the newest of each instrument becomes part of the log. */
  private conflated(records: readonly InboxEntry[]): readonly InboxEntry[] {
    const kept = conflateQuotes(records, (quote) => judgePushed(quote, this.fold, this.options.wallMs()).outcome === 'taken');
    if (kept.length < records.length) this.options.count('conflated', records.length - kept.length);
    return kept;
  }

  private onPushed(pushed: PushedPrice, draft: Draft, ids: Map<string, string[]>): void {
    if (!this.feed.takesPushes) {
      draft.rejected.push({ code: 'feed_not_push', error: `a ${pushed.kind} was pushed, and the feed is ${this.feed.name}`, record: pushed });
      this.options.count('rejected', 1);
      return;
    }
    const verdict = judgePushed(pushed, this.fold, this.options.wallMs());
    if (verdict.outcome === 'duplicate') {
      this.options.count('duplicate', 1);
      return;
    }
    if (verdict.outcome === 'rejected') {
      this.options.count('rejected', 1);
      draft.rejected.push({ code: verdict.code, error: verdict.error, record: verdict.record });
      return;
    }
    const { record, id } = verdict;
    this.introduce(record.instrument, draft);
    this.take(record, draft);
    this.feed.accepted?.(record.tMs);
    if (id === undefined) return;
    const seen = ids.get(record.instrument) ?? [];
    ids.set(record.instrument, [...seen, id]);
    // At once as well, so that a repeat within this batch is known.
    this.fold.seen.add(record.instrument, [id]);
  }

  /** Opens an instrument that the feed had not named before, with the default series. */
  private introduce(instrument: string, draft: Draft): void {
    if (this.fold.instruments.has(instrument)) return;
    for (const record of openInstrument(instrument, { intervals: this.options.defaults.intervals, feed: this.feed.name })) this.take(record, draft);
  }

  private onRequest(record: Exclude<InboxRecord, PushedPrice>, draft: Draft): void {
    const refused = this.refusal(record);
    if (refused !== undefined) {
      draft.rejected.push(refused);
      return;
    }
    if (record.kind === 'plan-start' && this.fold.plans.has(planKey(record))) return;
    if (record.kind === 'plan-stop' && !this.fold.plans.has(planKey(record))) return;
    if (record.kind === 'script-start' && this.fold.scripts.get(scriptKey(record)) === String(record.version)) return;
    if (record.kind === 'plan-start' || record.kind === 'script-start') this.openSeries(record, draft);
    if (record.kind === 'series-open') this.openSeries(record, draft);
    else this.take(record, draft);
  }

  private openSeries({ instrument, interval }: Readonly<{ instrument: string; interval: string }>, draft: Draft): void {
    if (this.fold.builder.intervalsOf(instrument).includes(interval)) return;
    this.take({ kind: 'series-open', instrument, interval }, draft);
    this.queue(instrument, [interval]);
  }

  /** Only requests may come by the inbox; what feeds and the sequencer say is refused, as is what has no bounds. */
  private refusal(record: Exclude<InboxRecord, PushedPrice>): Rejected | undefined {
    if (!('interval' in record))
      return { code: 'schema', error: `a record ${record.kind} came by the inbox, and only requests and pushed prices may`, record };
    try {
      parseInstrument(record.instrument);
      parseInterval(record.interval);
    } catch (error) {
      if (isSignalError(error)) return { code: error.code, error: error.message, record };
      throw error;
    }
    const isFull = this.fold.plans.size >= MOST_OPEN || this.backfills.length >= MOST_BACKFILLS;
    return isFull
      ? {
          code: 'overloaded',
          error: `${this.fold.plans.size} plans are open and ${this.backfills.length} series wait for their earlier bars`,
          record,
        }
      : undefined;
  }

  private take(record: MarketRecord | ControlRecord, draft: Draft): void {
    draft.records.push(record);
    this.fold.apply(record);
  }

  private entry({ records, rejected }: Draft): SequencedEntry {
    this.handedN += 1;
    const rows = records.filter((record) => record.kind === 'bar');
    const bars = this.fold.builder.take();
    const outputs = [...barOutputs([...rows, ...bars], (key) => this.fold.nextSeq(key))];
    const latest = this.fold.takeLatest();
    if (latest.length > 0) outputs.push({ topic: 'market', fields: {}, latest });
    records.push(...bars);
    return { records, outputs, control: this.control(), ...(rejected.length === 0 ? {} : { rejected }) };
  }

  private control(): string {
    const state: ControlState = { feed: this.feed.name, position: this.position, backfills: this.backfills };
    return encodeControl(state);
  }

  private report(): void {
    const over = this.isComplete && this.backfills.length === 0 && this.feed.isOver(this.position);
    this.options.onCommitted({ timeMs: this.fold.timeMs, over, instruments: [...this.fold.instruments] });
  }
}
