/** What one partition costs its owner, and how much of it waits. An unknown lag is null, never 0. */
export type PartitionDemand = Readonly<{ partition: number; member: string; busy: number; entriesPerS: number; lagEntries: number | null }>;

/** How many members were needed at an instant. */
export type Demand = readonly [atMs: number, replicas: number];

/** What limits a service when members do not. */
export type Bottleneck = 'none' | 'hot_partition' | 'redis' | 'database' | 'script_budget' | 'slow_clients';

/** What the advice is computed from. */
export type ScalingInputs = Readonly<{
  service: string;
  nowMs: number;
  /** Members that live and do not drain. */
  current: number;
  /** Partitions: more members than these have nothing to do. */
  maxReplicas: number;
  /** Entries that arrive a second; null while unknown. */
  rate: number | null;
  /** Age of the oldest entry that waits; null while unknown. */
  lagMs: number | null;
  partitions: readonly PartitionDemand[];
  /** What was needed in the last minutes, oldest first. */
  history: readonly Demand[];
  /** Share of its core that the busiest Redis works, if it is known. */
  redisBusy?: number | undefined;
}>;

/** How many members a service needs, and why. */
export type ScalingAdvice = Readonly<{
  service: string;
  recommended: number;
  current: number;
  reason: string;
  bottleneck: Bottleneck;
  inputs: Readonly<{ rate: number | null; lagEntries: number | null; lagMs: number | null; perMember: number | null }>;
  /** Seconds until nothing waits, with the recommended members; null when that is unknown or will not be. */
  predictedCatchUpS: number | null;
}>;
