/** Why a plan put a partition elsewhere: to share the load, since an idle member asked, by hand, or to empty its owner. */
export type MoveReason = 'moved' | 'steal' | 'by_hand' | 'drain';

/** A move of the last minute. */
export type RecentMove = Readonly<{ reason: MoveReason; atMs: number }>;

/** A member that was gone: when it was missed last, and how often within the time for which that counts. */
export type Departure = Readonly<{ atMs: number; times: number }>;

/** Who should own what, as the leader stored it. It advises; the leases decide. */
export type PlacementPlan = Readonly<{
  /** Members that were alive when it was made, sorted. */
  members: readonly string[];
  /** Those among them that are to own nothing. */
  draining: readonly string[];
  /** Owner of each partition. */
  owners: readonly string[];
  /** Who takes a partition over when its owner is gone; '' where nobody else was alive. */
  heirs: readonly string[];
  /** Partitions that were put where they are by hand. */
  pins: Readonly<Record<number, string>>;
  moved: Readonly<Record<number, RecentMove>>;
  /** Members that were missed lately. */
  left: Readonly<Record<string, Departure>>;
  /** When the leader last granted a steal, and last looked at the balance (server time). */
  stolenAtMs: number;
  balancedAtMs: number;
}>;
