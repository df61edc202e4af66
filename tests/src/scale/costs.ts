/** What one call costs a core, in microseconds: a part for the call, one for each entry in it, one for each tick in those. */
export type CallCost = Readonly<{ perCallUs: number; perEntryUs: number; perTickUs: number }>;

/** A service of the fleet as the simulation sees it: it reads one kind of entry, works, and commits. */
export type ServiceCost = Readonly<{
  name: string;
  /** Work of a member's core for a batch of entries. */
  member: CallCost;
  /** Work of Redis for reading a batch (0 for ingest, which is fed). */
  redisRead: CallCost;
  /** Work of Redis for committing a batch. */
  redisCommit: CallCost;
  /** Bytes written to Redis per tick and per entry. */
  writes: Readonly<{ perEntry: number; perTick: number }>;
}>;

/** Measured costs of one machine's cores, and where each figure comes from. */
export type Costs = Readonly<{
  measured: string;
  roundTripUs: number;
  marketBytes: Readonly<{ perEntry: number; perTick: number }>;
  services: readonly ServiceCost[];
}>;

/** Returns what a call with so many entries and ticks costs, in microseconds. */
export function costOf(cost: CallCost, entries: number, ticks: number): number {
  return cost.perCallUs + entries * cost.perEntryUs + ticks * cost.perTickUs;
}
