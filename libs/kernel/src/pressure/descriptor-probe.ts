import { existsSync, readFileSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import type { PressureBudgets } from './pressure-settings.ts';
import type { Probe, Unmeasured } from './probe.ts';

const FOLDER = '/proc/self/fd';
const LIMITS = '/proc/self/limits';
const PART_OF_LIMIT = 0.9;

/** Returns the soft limit of open descriptors in the text of /proc/self/limits; Infinity when there is none. */
export function softLimitOf(limits: string): number {
  const value = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1]);
  return Number.isFinite(value) ? value : Infinity;
}

// Since Linux 6.2 the folder's size is their number; before, its names are counted.
const openDescriptors = async (): Promise<number> => {
  const { size } = await stat(FOLDER);
  return size > 0 ? size : (await readdir(FOLDER)).length;
};

/** Returns the probe of open descriptors, or why there is none. */
export function descriptorProbe(budgets: () => PressureBudgets): Probe | Unmeasured {
  if (!existsSync(FOLDER) || !existsSync(LIMITS)) return { resource: 'descriptors', why: `there is no ${FOLDER} on this system` };
  const limit = softLimitOf(readFileSync(LIMITS, 'utf8'));
  return {
    resource: 'descriptors',
    measure: async () => {
      const given = budgets().DESCRIPTOR_BUDGET;
      const budget = given === 0 ? Math.floor(limit * PART_OF_LIMIT) : given;
      const open = await openDescriptors();
      return { ratio: open / budget, words: `${open} are open of ${budget}` };
    },
  };
}
