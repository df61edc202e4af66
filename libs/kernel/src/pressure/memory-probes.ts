import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import type { PressureBudgets } from './pressure-settings.ts';
import { bytesOf, megabytes, type Probe, type Usage } from './probe.ts';

/** `collect` frees garbage now and then: memory that only waits for the collector is no shortage. */
type MemoryDeps = Readonly<{ budgets: () => PressureBudgets; collect: () => boolean }>;

const WORTH_COLLECTING = 0.8;
const PART_OF_CONTAINER = 0.9;
const PART_OF_MACHINE = 0.5;

/** Returns the memory that a process may take when no setting says it. A machine is shared with others, a container is not. */
export function defaultMemoryBytes(constrainedBytes: number = process.constrainedMemory(), machineBytes: number = totalmem()): number {
  const isContained = constrainedBytes > 0 && constrainedBytes < machineBytes;
  return isContained ? constrainedBytes * PART_OF_CONTAINER : machineBytes * PART_OF_MACHINE;
}

const measured = (used: () => number, budget: number, collect: () => boolean): Usage => {
  const before = used();
  const bytes = before / budget >= WORTH_COLLECTING && collect() ? used() : before;
  return { ratio: bytes / budget, words: `${megabytes(bytes)} are used of ${megabytes(budget)}` };
};

/** Returns the probe of resident memory. */
export function memoryProbe({ budgets, collect }: MemoryDeps): Probe {
  return {
    resource: 'memory',
    measure: () => {
      const given = bytesOf(budgets().MEMORY_BUDGET_MB);
      return measured(() => process.memoryUsage.rss(), given === 0 ? defaultMemoryBytes() : given, collect);
    },
  };
}

/** Returns the probe of V8's heap. Its budget lies below V8's own limit, at which the process would be aborted without a drain. */
export function heapProbe({ budgets, collect }: MemoryDeps): Probe {
  return {
    resource: 'heap',
    measure: () => {
      const budget = (getHeapStatistics().heap_size_limit * budgets().HEAP_BUDGET_PERCENT) / 100;
      return measured(() => getHeapStatistics().used_heap_size, budget, collect);
    },
  };
}
