/** Wall time. Only edges read it: folds take time from marks. */
export interface Clock {
  /** Epoch milliseconds. */
  nowMs(): number;
}

/** The machine's clock. */
export const systemClock: Clock = { nowMs: () => Date.now() };
