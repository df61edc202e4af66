/** A growing wait between attempts. */
export interface Backoff {
  /** Returns the next wait: doubled each time up to the cap, of which a random half is taken off. */
  nextMs(): number;
  /** Begins again at the first wait. */
  reset(): void;
}

/** Returns a backoff from `baseMs`, doubling to `maxMs`, with jitter so that a fleet does not return in step. */
export function createBackoff(options: Readonly<{ baseMs: number; maxMs: number; random?: () => number }>): Backoff {
  const random = options.random ?? Math.random;
  let attempt = 0;
  return {
    nextMs: () => {
      const ceilingMs = Math.min(options.maxMs, options.baseMs * 2 ** Math.min(attempt, 30));
      attempt += 1;
      return ceilingMs * (1 - random() / 2);
    },
    reset: () => {
      attempt = 0;
    },
  };
}
