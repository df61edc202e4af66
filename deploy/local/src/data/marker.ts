import { DEFAULT_PARTITIONS, SignalError } from '@signal/contracts';
import type { StartFlags } from '../flags/start-flags.ts';
import { markerPath } from './data-folder.ts';
import { readJson, writePrivateJson } from './private-json.ts';

/** What the fleet of a data folder was first started with, and cannot be changed later. */
export type Marker = Readonly<{ partitions: number; feed: string; from: string | undefined; startedAt: string }>;

/** Returns what the folder's fleet was started with: stored, or from the flags at a first start. Throws `usage` when a flag would change it. */
export function openMarker(folder: string, flags: StartFlags, first: Readonly<{ from: string | undefined; nowMs: number }>): Marker {
  const stored = readJson(markerPath(folder)) as Marker | undefined;
  if (stored !== undefined) {
    checkAgainst(stored, folder, flags);
    return stored;
  }
  const marker = {
    partitions: flags.partitions ?? DEFAULT_PARTITIONS,
    feed: flags.feed.kind,
    from: first.from,
    startedAt: new Date(first.nowMs).toISOString(),
  };
  writePrivateJson(markerPath(folder), marker);
  return marker;
}

function checkAgainst(stored: Marker, folder: string, flags: StartFlags): void {
  const instead = 'add --fresh to begin anew, or choose another --data';
  if (flags.from !== undefined)
    throw new SignalError('usage', `--from is for a first start, and ${folder} goes on at the market time reached: ${instead}`);
  if (flags.partitions !== undefined && flags.partitions !== stored.partitions)
    throw new SignalError('usage', `--partitions is ${flags.partitions}, and the data in ${folder} has ${stored.partitions}: ${instead}`);
  if (flags.feed.kind !== stored.feed)
    throw new SignalError('usage', `--feed is ${flags.feed.kind}, and the data in ${folder} came from ${stored.feed}: ${instead}`);
}
