/** Event time that public topics keep at least. */
export const DEFAULT_RETENTION_MS = 15 * 60_000;

const SAMPLE_EVERY_MS = 10_000;

/** Remembers which sequence stood at which market time, so that topics can be kept by event time. */
export interface Retention {
  /** Notes that entry `n` reached market time `tMs`. */
  note(n: number, tMs: number): void;
  /** Returns the sequence from which on entries are within the retention; 0 while that is not known. */
  keepFrom(): number;
}

/** Returns an empty memory: what came before it is kept until a whole retention has passed since. */
export function createRetention(retentionMs: number): Retention {
  const samples: { n: number; tMs: number }[] = [];
  let newestMs = 0;
  return {
    note: (n, tMs) => {
      newestMs = Math.max(newestMs, tMs);
      const last = samples.at(-1);
      if (tMs > 0 && (last === undefined || tMs - last.tMs >= SAMPLE_EVERY_MS)) samples.push({ n, tMs });
      while ((samples[1]?.tMs ?? Infinity) <= newestMs - retentionMs) samples.shift();
    },
    keepFrom: () => {
      const first = samples[0];
      return first !== undefined && first.tMs <= newestMs - retentionMs ? first.n : 0;
    },
  };
}
