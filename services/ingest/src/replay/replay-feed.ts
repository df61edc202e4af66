import type { MarketRecord, Trade } from '@signal/contracts';
import type { Session } from '@signal/market';
import type { FeedPosition, FeedStep, History, PartitionFeed } from '../feed/partition-feed.ts';
import type { MarketClock } from './market-clock.ts';
import { marketCalendar, marketSessionFrom } from './market-clock.ts';
import { createOptionChain, type OptionChain } from './option-chain.ts';
import { replayHistory } from './replay-history.ts';
import type { ReplayInstrument, SessionTicks } from './replay-instrument.ts';

/** What a replay partition is made of. `chain` = the instrument that options are quoted round, and its volatility index. */
export type ReplayFeedOptions = Readonly<{
  instruments: readonly ReplayInstrument[];
  clock: MarketClock;
  chain?: Readonly<{ underlying: ReplayInstrument; vix: ReplayInstrument | undefined }>;
}>;

type Active = Readonly<{
  session: Session;
  instruments: readonly Readonly<{ of: ReplayInstrument; ticks: SessionTicks }>[];
  chain: OptionChain | undefined;
}>;

const FEED = 'replay';
const SECOND_MS = 1_000;
/** Longest wait that is planned ahead; a change of pace by another member is seen by then. */
const MOST_WAIT_MS = 1_000;

const eventMs = (position: FeedPosition, active: Active | undefined): number =>
  active === undefined ? Number.POSITIVE_INFINITY : Math.max(position.atMs, active.session.opensMs);

class ReplayFeed implements PartitionFeed {
  readonly name = FEED;
  readonly rules = { latenessMs: 0, idleMs: 0, throttleMs: 250 };
  readonly takesPushes = false;
  readonly instruments;
  readonly firstPosition: FeedPosition;
  readonly beforeMs: number;
  private readonly options: ReplayFeedOptions;
  private active: Active | undefined;
  /** Where the last search from a position came to, so that an instrument years away is not looked for again from the start. */
  private searched: Readonly<{ fromMs: number; session: Session }>;
  private readonly histories = new Map<string, History>();

  constructor(options: ReplayFeedOptions) {
    this.options = options;
    this.instruments = options.instruments.map(({ instrument, source }) => ({ instrument, source }));
    this.firstPosition = { atMs: options.clock.beginMs, row: 0, ended: false };
    this.searched = { fromMs: Number.NaN, session: marketSessionFrom(options.clock.beginMs) };
    this.beforeMs = options.clock.beginMs - 1;
  }

  next(position: FeedPosition): FeedStep | undefined {
    const { clock } = this.options;
    const active = this.activeFrom(position.atMs);
    const atMs = eventMs(position, active);
    // The end is said when the market is there: a partition that trades nothing before it would tell others a time that is not yet.
    if (clock.once && atMs > clock.limitMs) return clock.nowMs() < clock.limitMs ? undefined : this.end(position);
    if (active === undefined || atMs > clock.nowMs()) return undefined;
    return { records: this.recordsAt(active, atMs), rejected: [], position: this.after(active.session, atMs) };
  }

  dueInMs(position: FeedPosition): number | undefined {
    if (this.isOver(position)) return undefined;
    const { clock } = this.options;
    const nextMs = eventMs(position, this.activeFrom(position.atMs));
    const atMs = clock.once ? Math.min(nextMs, clock.limitMs) : nextMs;
    if (atMs === Number.POSITIVE_INFINITY) return MOST_WAIT_MS;
    const dueInMs = clock.dueInMs(atMs);
    return dueInMs === undefined ? undefined : Math.min(dueInMs, MOST_WAIT_MS);
  }

  isOver(position: FeedPosition): boolean {
    const { once, stops, limitMs } = this.options.clock;
    if (this.instruments.length === 0) return true;
    // The market stops there and the fleet stays: no end is said, but nothing more will come.
    if (!once) return stops && position.atMs > limitMs;
    // A market that had gone on past the end, before it was asked to stop there, stays as it is.
    return (position.ended && position.atMs > limitMs) || position.atMs > marketCalendar.next(limitMs).opensMs;
  }

  history(instrument: string, interval: string, cutoffMs: number): History {
    const key = `${instrument}|${interval}|${cutoffMs}`;
    const known = this.histories.get(key);
    if (known !== undefined) return known;
    const fresh = replayHistory(
      this.options.instruments.find((of) => of.instrument === instrument),
      interval,
      cutoffMs,
    );
    this.histories.set(key, fresh);
    return fresh;
  }

  resume(position: FeedPosition): void {
    if (position.atMs > this.options.clock.beginMs) this.options.clock.raise(position.atMs);
  }

  /** The first session from an instant on in which something of this partition trades, as far as the clock has come. */
  private activeFrom(fromMs: number): Active | undefined {
    const reachedMs = Math.max(this.options.clock.nowMs(), this.options.clock.limitMs);
    let session = this.searched.fromMs === fromMs ? this.searched.session : marketSessionFrom(fromMs);
    let active: Active | undefined;
    while (active === undefined && session.opensMs <= reachedMs) {
      const candidate = this.activeIn(session);
      if (candidate.instruments.length > 0) active = candidate;
      else session = marketCalendar.next(session.closesMs);
    }
    this.searched = { fromMs, session };
    return active;
  }

  private activeIn(session: Session): Active {
    if (this.active?.session.session === session.session) return this.active;
    // The chunks of earlier bars are out once the market runs, and a session of it is over.
    this.histories.clear();
    const instruments = this.options.instruments.flatMap((of) => {
      const ticks = of.ticks(session);
      return ticks === undefined ? [] : [{ of, ticks }];
    });
    this.active = { session, instruments, chain: this.options.chain === undefined ? undefined : createOptionChain(this.options.chain, session) };
    return this.active;
  }

  private after(session: Session, atMs: number): FeedPosition {
    const nextMs = atMs < session.closesMs ? Math.min(atMs + SECOND_MS, session.closesMs) : marketCalendar.next(session.closesMs).opensMs;
    return { atMs: nextMs, row: 0, ended: false };
  }

  private end(position: FeedPosition): FeedStep | undefined {
    if (this.isOver(position)) return undefined;
    const tMs = this.options.clock.limitMs;
    const afterMs = Math.max(position.atMs, marketCalendar.next(tMs).opensMs);
    const records: readonly MarketRecord[] = [
      { kind: 'mark', feed: FEED, tMs },
      { kind: 'feed-end', feed: FEED, tMs },
    ];
    return { records, rejected: [], position: { atMs: afterMs, row: 0, ended: true } };
  }

  private recordsAt(active: Active, atMs: number): readonly MarketRecord[] {
    const { session, instruments, chain } = active;
    const records: MarketRecord[] = [{ kind: 'mark', feed: FEED, tMs: atMs }];
    if (atMs === session.opensMs) {
      records.push(...this.sessionRecords(active, 'open'), ...(chain?.opening() ?? []));
    }
    if (atMs === session.closesMs) return [...records, ...this.sessionRecords(active, 'closed')];
    const second = (atMs - session.opensMs) / SECOND_MS;
    for (const { of, ticks } of instruments) {
      if (second % ticks.stepS !== 0) continue;
      const k = second / ticks.stepS;
      const trade: Trade = { kind: 'trade', instrument: of.instrument, tMs: atMs, price: ticks.price(k), size: ticks.size(k), source: ticks.source };
      records.push(trade);
    }
    if (chain !== undefined) records.push(...chain.recordsAt(second));
    return records;
  }

  private sessionRecords({ session, instruments }: Active, state: 'open' | 'closed'): readonly MarketRecord[] {
    const venues = [...new Set(instruments.map(({ of }) => of.venue))];
    return venues.map((venue) => ({ kind: 'session', venue, session: session.session, opensMs: session.opensMs, closesMs: session.closesMs, state }));
  }
}

/** Returns the replay as one partition sees it. */
export function createReplayFeed(options: ReplayFeedOptions): PartitionFeed {
  return new ReplayFeed(options);
}
