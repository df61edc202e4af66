import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import type { PressureBudgets } from './pressure-settings.ts';
import { bytesOf, megabytes, type Probe, type Usage } from './probe.ts';

/** `collect` frees garbage now and then: memory that only waits for the collector is no shortage. */
type MemoryDeps = Readonly<{ budgets: () => PressureBudgets; collect: () => boolean }>;

/** The bounds of `high`: what rose above the first is collected until it is below the second. */
const HIGH_RATIO = 0.8;
const CALM_RATIO = 0.7;
const PART_OF_CONTAINER = 0.9;
const PART_OF_MACHINE = 0.5;

/** Returns the memory that a process may take when no setting says it. A machine is shared with others, a container is not. */
export function defaultMemoryBytes(constrainedBytes: number = process.constrainedMemory(), machineBytes: number = totalmem()): number {
  const isContained = constrainedBytes > 0 && constrainedBytes < machineBytes;
  return isContained ? constrainedBytes * PART_OF_CONTAINER : machineBytes * PART_OF_MACHINE;
}

const measuredBy = (used: () => number, collect: () => boolean): ((budget: number) => Usage) => {
  let isHigh = false;
  return (budget) => {
    const before = used();
    const mayBeHigh = before / budget >= (isHigh ? CALM_RATIO : HIGH_RATIO);
    const bytes = mayBeHigh && collect() ? used() : before;
    isHigh = bytes / budget >= (isHigh ? CALM_RATIO : HIGH_RATIO);
    return { ratio: bytes / budget, words: `${megabytes(bytes)} are used of ${megabytes(budget)}` };
  };
};

/** Returns the probe of resident memory. */
export function memoryProbe({ budgets, collect }: MemoryDeps): Probe {
  const measured = measuredBy(() => process.memoryUsage.rss(), collect);
  return {
    resource: 'memory',
    measure: () => {
      const given = bytesOf(budgets().MEMORY_BUDGET_MB);
      return measured(given === 0 ? defaultMemoryBytes() : given);
    },
  };
}

/** Returns the probe of V8's heap. Its budget lies below V8's own limit, at which the process would be aborted without a drain. */
export function heapProbe({ budgets, collect }: MemoryDeps): Probe {
  const measured = measuredBy(() => getHeapStatistics().used_heap_size, collect);
  return {
    resource: 'heap',
    measure: () => measured((getHeapStatistics().heap_size_limit * budgets().HEAP_BUDGET_PERCENT) / 100),
  };
}
