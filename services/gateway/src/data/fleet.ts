import type { HealthBody, ScalingBody } from '@signal/contracts';
import type { FeedState } from './market-time.ts';

/** A live member of a service. */
export type Member = Readonly<{
  member: string;
  service: string;
  pid: number;
  url: string;
  startedAt: string;
  partitions: number;
  busy: number | null;
  draining: boolean;
}>;

/** Owner and lag of one partition of one service. */
export type PartitionRow = Readonly<{
  service: string;
  partition: number;
  slot: number;
  owner: string | null;
  epoch: number;
  lagEntries: number | null;
  lagMs: number | null;
  busy: number | null;
}>;

/** State of a circuit breaker of this gateway. */
export type BreakerRow = Readonly<{ name: string; state: 'closed' | 'open' | 'half_open'; failures: number }>;

/** What is known of the running fleet. */
export interface Fleet {
  members(): Promise<readonly Member[]>;
  partitions(): Promise<readonly PartitionRow[]>;
  breakers(): readonly BreakerRow[];
  health(): Promise<HealthBody>;
  /** How many members each partitioned service needs, as its leader says it. */
  scaling(): Promise<ScalingBody & Readonly<{ atMs: number }>>;
  /** Market time reached, null before the first mark. */
  marketMs(): Promise<number | null>;
  /** Whether market time moves: `stale` when it has stood still on the wall clock, `ended` when the feed has. */
  feedState(): FeedState;
}
