import { performance } from 'node:perf_hooks';

/** Returns a function that says which share of the time since its last call was spent working, 0 to 1. */
export function createBusyShare(busyMs: () => number): () => number {
  let last = { atMs: performance.now(), busyMs: 0 };
  return () => {
    const now = { atMs: performance.now(), busyMs: busyMs() };
    const share = (now.busyMs - last.busyMs) / Math.max(1, now.atMs - last.atMs);
    last = now;
    return Math.round(Math.min(1, Math.max(0, share)) * 100) / 100;
  };
}
