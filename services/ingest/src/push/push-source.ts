import type { FeedSource } from '../feed/feed-source.ts';
import { type FeedPosition, type FeedStep, noHistory, type PartitionFeed } from '../feed/partition-feed.ts';

const FEED = 'push';
const SECOND_MS = 1_000;
/** Before any stamp that a feed can send. */
const BEFORE_MS = -8.64e15;

/**
 * The push feed of one partition. Prices come by the inbox; the feed itself gives only the marks. Its time is the newest accepted
 * stamp and the wall time since, so that prices of any day can be pushed and bars still close when the pushing stops.
 */
class PushFeed implements PartitionFeed {
  readonly name = FEED;
  readonly rules = { latenessMs: 5_000, idleMs: 60_000, throttleMs: 250 };
  readonly takesPushes = true;
  readonly instruments = [];
  readonly firstPosition: FeedPosition = { atMs: BEFORE_MS, row: 0, ended: false };
  readonly beforeMs = BEFORE_MS;
  private readonly wallMs: () => number;
  private anchor: Readonly<{ stampMs: number; wallMs: number }> | undefined;

  constructor(wallMs: () => number) {
    this.wallMs = wallMs;
  }

  next(position: FeedPosition): FeedStep | undefined {
    const tMs = Math.floor(this.feedTimeMs() / SECOND_MS) * SECOND_MS;
    if (!(tMs >= position.atMs)) return undefined;
    return { records: [{ kind: 'mark', feed: FEED, tMs }], rejected: [], position: { atMs: tMs + SECOND_MS, row: 0, ended: false } };
  }

  dueInMs(position: FeedPosition): number | undefined {
    if (this.anchor === undefined) return undefined;
    return Math.max(0, Math.min(SECOND_MS, position.atMs - this.feedTimeMs()));
  }

  isOver(): boolean {
    return false;
  }

  history(): typeof noHistory {
    return noHistory;
  }

  resume(position: FeedPosition): void {
    if (position.atMs > BEFORE_MS) this.anchor = { stampMs: position.atMs - SECOND_MS, wallMs: this.wallMs() };
  }

  accepted(tMs: number): void {
    if (!(tMs <= this.feedTimeMs())) this.anchor = { stampMs: tMs, wallMs: this.wallMs() };
  }

  private feedTimeMs(): number {
    return this.anchor === undefined ? Number.NaN : this.anchor.stampMs + (this.wallMs() - this.anchor.wallMs);
  }
}

/** Returns the feed of pushed prices. */
export function createPushSource(wallMs: () => number): FeedSource {
  return {
    name: FEED,
    endsIn: [],
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    feedOf: () => new PushFeed(wallMs),
  };
}
