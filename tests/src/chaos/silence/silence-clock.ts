/** Says how long one service has committed nothing of one partition although it could have. */
export interface SilenceClock {
  /** Takes the committed sequence as seen at `atMs`, and that of the log; returns the silence that ended with it, if there was one. */
  see(atMs: number, n: number, logN: number): Readonly<{ fromMs: number; toMs: number }> | undefined;
}

/** Shorter silences are the pace of commits and of looking. */
const LEAST_MS = 20;

/** Returns a clock. The sequencer has always something to do; a reader only while the log is ahead of it. */
export function createSilenceClock({ isSequencer }: Readonly<{ isSequencer: boolean }>): SilenceClock {
  let lastN: number | undefined;
  let sinceMs: number | undefined;
  return {
    see: (atMs, n, logN) => {
      const hasWork = isSequencer || logN > n;
      const moved = lastN !== undefined && n !== lastN;
      const fromMs = sinceMs;
      if (lastN === undefined || moved || !hasWork) sinceMs = hasWork ? atMs : undefined;
      else sinceMs ??= atMs;
      lastN = n;
      return moved && fromMs !== undefined && atMs - fromMs >= LEAST_MS ? { fromMs, toMs: atMs } : undefined;
    },
  };
}
