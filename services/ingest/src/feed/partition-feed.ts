import type { Rejected } from '@signal/bus';
import type { Bar, MarketRecord, Source } from '@signal/contracts';
import type { BarBuilderOptions, OpenBar } from '@signal/market';

/** Where a feed stands in one partition: market time of the next event, or the next row, and whether its end was said. */
export type FeedPosition = Readonly<{ atMs: number; row: number; ended: boolean }>;

/** What a feed gives at one position, without bars, and the position after it. */
export type FeedStep = Readonly<{ records: readonly MarketRecord[]; rejected: readonly Rejected[]; position: FeedPosition }>;

/** Bars of a series up to an instant: the final ones, and the one that is not over. */
export type History = Readonly<{ finals: readonly Bar[]; forming: OpenBar | undefined }>;

/** A feed as one partition sees it. What it gives depends on the position alone, never on when it is asked. */
export interface PartitionFeed {
  readonly name: string;
  readonly rules: BarBuilderOptions;
  /** Interval of a feed of bars: final bars of it are what the feed says, and longer ones are built of them. */
  readonly rowInterval?: string | undefined;
  /** Whether prices may come by the inbox. */
  readonly takesPushes: boolean;
  /** Instruments known from the beginning. */
  readonly instruments: readonly Readonly<{ instrument: string; source: Source }>[];
  readonly firstPosition: FeedPosition;
  /** Market time just before the first event: what comes earlier is history. */
  readonly beforeMs: number;
  /** Returns the step that is due now, or undefined. */
  next(position: FeedPosition): FeedStep | undefined;
  /** Returns in how many milliseconds a step may be due, or undefined when none will be. */
  dueInMs(position: FeedPosition): number | undefined;
  /** Tells whether the feed has nothing more to give and stays so. */
  isOver(position: FeedPosition): boolean;
  /** Returns the bars of a series up to and including `cutoffMs`, as far as the feed knows them. */
  history(instrument: string, interval: string, cutoffMs: number): History;
  /** The partition was restored, or taken over, at this position. */
  resume?(position: FeedPosition): void;
  /** A pushed price was accepted. */
  accepted?(tMs: number): void;
}

/** No earlier bars. */
export const noHistory: History = { finals: [], forming: undefined };
