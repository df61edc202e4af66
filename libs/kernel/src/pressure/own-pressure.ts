import type { Registry } from 'prom-client';
import type { Logger } from '../log/logger.ts';
import { createPressure, type OwnedPressure } from './create-pressure.ts';
import type { PressureBudgets } from './pressure-settings.ts';
import { processProbes } from './process-probes.ts';

/** What watching this process takes. */
export type OwnPressureOptions = Readonly<{
  budgets: () => PressureBudgets;
  log: Logger;
  registry: Registry;
  /** Folders that the process writes to, beside its log and the temporary folder. */
  folders?: readonly string[];
  /** Told once, when a budget is used up: drain and let a new process begin. */
  onExhausted: (reason: string) => void;
}>;

/** Returns the pressure of this process over its real memory, heap, event loop, descriptors and disks. `start` begins to watch. */
export function ownPressure(options: OwnPressureOptions): OwnedPressure {
  const { budgets, folders, log, registry, onExhausted } = options;
  // Wall time can be set; a shortage is measured by time that passes.
  const clock = { nowMs: () => performance.now() };
  const pressure = createPressure({ budgets, ...processProbes(budgets, folders), clock, log, registry });
  pressure.onChange((level) => {
    if (level === 'exhausted') onExhausted(pressure.reason() ?? level);
  });
  return pressure;
}
