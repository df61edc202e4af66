import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const LEAST_PAUSE_MS = 10_000;

/** Returns a function that collects all garbage, at most once in ten seconds, and tells whether it did. */
export function createCollector(nowMs: () => number = () => performance.now()): () => boolean {
  let collectedMs = -Infinity;
  let collect: (() => void) | undefined;
  return () => {
    if (nowMs() - collectedMs < LEAST_PAUSE_MS) return false;
    // V8 gives its collector to contexts that are made after the flag.
    setFlagsFromString('--expose-gc');
    collect ??= runInNewContext('gc') as () => void;
    collect();
    collectedMs = nowMs();
    return true;
  };
}
