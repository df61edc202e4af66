/** Partitions that cannot be archived at present, and why; it outlives the leases under which they failed. */
export interface Failures {
  /** Notes a failure and tells whether it is the first since the partition was last well. */
  note(partition: number, failure: Readonly<{ atMs: number; message: string }>): boolean;
  forget(partition: number): void;
  /** Returns in words what has failed since before `sinceMs`, if anything has. */
  lastingSince(sinceMs: number): string | undefined;
}

/** Returns an empty list of failures. */
export function createFailures(): Failures {
  const failing = new Map<number, Readonly<{ sinceMs: number; message: string }>>();
  return {
    note: (partition, { atMs, message }) => {
      const before = failing.get(partition);
      failing.set(partition, { sinceMs: before?.sinceMs ?? atMs, message });
      return before === undefined;
    },
    forget: (partition) => {
      failing.delete(partition);
    },
    lastingSince: (sinceMs) => {
      for (const [partition, failure] of failing) {
        if (failure.sinceMs <= sinceMs) return `partition ${partition} cannot be archived: ${failure.message}`;
      }
      return undefined;
    },
  };
}
