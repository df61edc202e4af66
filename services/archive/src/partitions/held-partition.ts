import type { Lease } from '@signal/bus';
import { type Backoff, createBackoff } from '@signal/kernel';
import type { PartitionState } from './partition-state.ts';

/** An owned partition. `state` is absent until it was read from Postgres, and again after each failure. */
export type HeldPartition = {
  readonly lease: Lease;
  state: PartitionState | undefined;
  /** The work in hand; it never rejects. */
  work: Promise<void>;
  isLost: boolean;
  /** Least sequence last shown as needed, and when the log was last compared with the position. */
  neededN: number;
  comparedAtMs: number;
  comparedBreaks: number;
  retryAtMs: number;
  readonly backoff: Backoff;
};

const RETRY_FIRST_MS = 100;
const RETRY_MOST_MS = 5000;

/** Returns a partition as it is held from now on. */
export function holdPartition(lease: Lease): HeldPartition {
  return {
    lease,
    state: undefined,
    work: Promise.resolve(),
    isLost: false,
    neededN: -1,
    comparedAtMs: Number.NEGATIVE_INFINITY,
    comparedBreaks: 0,
    retryAtMs: 0,
    backoff: createBackoff({ baseMs: RETRY_FIRST_MS, maxMs: RETRY_MOST_MS }),
  };
}
