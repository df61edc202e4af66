import type { PartitionFeed } from './partition-feed.ts';

/** A feed of the whole deployment: one partition's view of it at a time. */
export interface FeedSource {
  readonly name: string;
  /** Partitions whose end ends the feed; empty = it never ends. */
  readonly endsIn: readonly number[];
  /** Reads what the feed needs. Called once, before the first partition is opened. */
  start(): Promise<void>;
  stop(): Promise<void>;
  feedOf(partition: number): PartitionFeed;
}
