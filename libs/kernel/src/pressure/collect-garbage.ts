import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const LEAST_PAUSE_MS = 1000;
/** A collection may take at most a twentieth of the time. */
const PAUSE_OF_DURATION = 20;

/** Returns a function that collects all garbage, at most once a second and for 5 % of the time, and tells whether it did. */
export function createCollector(nowMs: () => number = () => performance.now()): () => boolean {
  let nextMs = -Infinity;
  let collect: (() => void) | undefined;
  return () => {
    const begunMs = nowMs();
    if (begunMs < nextMs) return false;
    // V8 gives its collector to contexts that are made after the flag.
    setFlagsFromString('--expose-gc');
    collect ??= runInNewContext('gc') as () => void;
    collect();
    const endedMs = nowMs();
    nextMs = endedMs + Math.max(LEAST_PAUSE_MS, (endedMs - begunMs) * PAUSE_OF_DURATION);
    return true;
  };
}
