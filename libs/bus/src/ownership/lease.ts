import type { MoveReason } from '../placement/placement-plan.ts';

/** Why a partition was lost: a plan moved it, this member stops, another owner holds it (`fenced`), or it could not be taken up (`failed`). */
export type LostReason = MoveReason | 'stopping' | 'fenced' | 'failed';

/** The right to commit for a partition of a service. Every commit proves it by member, nonce and epoch. */
export interface Lease {
  readonly service: string;
  readonly partition: number;
  readonly member: string;
  /** Counts the owners of the partition; it rises with each. */
  readonly epoch: number;
  /** 64 random bits in hex: tells two owners apart that share a name and, after a rollback, an epoch. */
  readonly nonce: string;
  /** False when the owner before was cut off rather than released the partition. */
  readonly clean: boolean;
  /**
   * True while the lease surely holds, by this process's monotonic clock; false well before another can take it. While false nothing may
   * be done in its name. It turns true again when a late renewal finds that nobody took it: then nobody else committed either.
   */
  valid(): boolean;
}
