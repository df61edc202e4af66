import type { Bus } from '../bus.ts';
import { loadSnapshots, type SnapshotRequest } from './load-snapshots.ts';
import type { Snapshot } from './snapshot-types.ts';

/** What was begun, and after which entry it stands: 0 = at the beginning of the log. */
export type Begun<T> = Readonly<{ begun: T; snapshotN: number }>;

/** Begins from the newest snapshot that fits and can be begun from, else from nothing, with the whole log to come. */
export async function beginFromSnapshot<T>(
  bus: Bus,
  request: SnapshotRequest,
  begin: (snapshot: Snapshot | undefined) => T | Promise<T>,
): Promise<Begun<T>> {
  const { partition, options } = request;
  for await (const snapshot of loadSnapshots(bus, request)) {
    try {
      return { begun: await begin(snapshot), snapshotN: snapshot.n };
    } catch (error) {
      bus.log.warn({ service: options.service, partition, n: snapshot.n, error: String(error) }, 'a snapshot could not be begun from');
    }
  }
  return { begun: await begin(undefined), snapshotN: 0 };
}
