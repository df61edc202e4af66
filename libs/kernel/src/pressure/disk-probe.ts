import { statfs } from 'node:fs/promises';
import type { PressureBudgets } from './pressure-settings.ts';
import { bytesOf, megabytes, type Probe, type Usage } from './probe.ts';

/** Free and whole space of a disk. */
export type DiskSpace = Readonly<{ freeBytes: number; totalBytes: number }>;

/** Returns how a disk stands to its reserve; `undefined` where nothing is reserved or the place is no disk (a pipe, a device). */
export function diskUsage(place: string, { freeBytes, totalBytes }: DiskSpace, budgets: PressureBudgets): Usage | undefined {
  const reserve = Math.max(bytesOf(budgets.DISK_RESERVE_MB), (totalBytes * budgets.DISK_RESERVE_PERCENT) / 100);
  if (reserve === 0 || totalBytes === 0) return undefined;
  const ratio = freeBytes === 0 ? Number.MAX_SAFE_INTEGER : reserve / freeBytes;
  return { ratio, words: `${megabytes(freeBytes)} are free at ${place}, and ${megabytes(reserve)} must be` };
}

const spaceAt = async (place: string): Promise<DiskSpace | undefined> => {
  try {
    const { bavail, blocks, bsize } = await statfs(place);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  } catch {
    // A folder that is not there yet, or a system without /proc, takes no space.
    return undefined;
  }
};

/** Returns the probe of the disks on which some places lie; the fullest counts. */
export function diskProbe(places: readonly string[], budgets: () => PressureBudgets): Probe {
  return {
    resource: 'disk',
    measure: async () => {
      const spaces = await Promise.all(places.map(async (place) => ({ place, space: await spaceAt(place) })));
      const usages = spaces.flatMap(({ place, space }) => (space === undefined ? [] : (diskUsage(place, space, budgets()) ?? [])));
      return usages.toSorted((left, right) => right.ratio - left.ratio)[0];
    },
  };
}
