/** How a fold writes its signals: JSON in `indicators`, or packed columns in `greeks`. */
export type OutputForm = 'json' | 'packed';

/** A log as the benchmark writes it: entries a partition, ticks an entry; and what its fold makes of each entry. */
export type LogShape = Readonly<{ partitions: number; entries: number; ticks: number; form: OutputForm }>;

/** Where an order's keys are. */
type Place = Readonly<{ redisUrl: string; namespace: string; shape: LogShape }>;

/** What a member process is asked to do. */
export type Order =
  /** Fold the log until its end is committed. */
  | (Place & Readonly<{ role: 'process'; batchEntries?: number }>)
  /** Rebuild every state from the log, without a snapshot and without publishing. */
  | (Place & Readonly<{ role: 'restore' }>)
  /** Write the log as its sequencer. */
  | (Place & Readonly<{ role: 'sequence' }>)
  /** Append the log's entries one at a time at a pace, each with the time it was sent in it. */
  | (Place & Readonly<{ role: 'write'; entriesPerSecond: number }>)
  /** Read the outputs as they come, until the last, and say how long after its tick was sent each arrived. */
  | (Place & Readonly<{ role: 'tail' }>);

/** What a member used for an order, and latencies where it measured some. */
export type Outcome = Readonly<{ cpuUs: number; wallMs: number; latenciesMs: readonly number[] }>;

/** What a member tells: that it stands ready, or that the order is done, or why it cannot be. */
export type Told = Readonly<{ told: 'ready' }> | Readonly<{ told: 'done'; outcome: Outcome }> | Readonly<{ told: 'failed'; reason: string }>;

/** What a role does: calls `ready` when it stands ready, and resolves when the order is done. */
export type Role<O extends Order> = (order: O, ready: () => void) => Promise<readonly number[]>;
