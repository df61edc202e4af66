import { performance } from 'node:perf_hooks';

/** Returns a function that says which share of the time since its last call this process's event loop was working, 0 to 1. */
export function createBusyShare(): () => number {
  let last = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    return Math.round(utilization * 100) / 100;
  };
}
