import { isSignalError, SignalError } from '@signal/contracts';
import type { Bus } from '../bus.ts';
import { runScript } from '../scripts/run-script.ts';
import { decodeContainer } from './snapshot-container.ts';
import type { Snapshot, SnapshotOptions } from './snapshot-types.ts';

/** Which snapshots to look for: of this partition, and at most at the committed position. */
export type SnapshotRequest = Readonly<{ partition: number; cursorN: number; options: SnapshotOptions }>;

/** A generation as it stands in Redis. */
type Generation = Readonly<Record<string, Buffer | undefined>>;

const containerOf = async (stored: Generation, { objects }: SnapshotOptions): Promise<Uint8Array> => {
  const object = stored['object'];
  const bytes = object === undefined ? stored['bytes'] : await objects?.get(object.toString());
  if (bytes === undefined) throw new SignalError('snapshot_incompatible', 'its bytes are not there');
  return bytes;
};

const stateOf = (container: Uint8Array, at: Readonly<{ request: SnapshotRequest; n: number }>): Readonly<{ version: string; bytes: Uint8Array }> => {
  const { identity, sections } = decodeContainer(container);
  const { partition, options } = at.request;
  const isOurs = identity.service === options.service && identity.partition === partition && identity.n === at.n;
  const bytes = sections.get('state');
  if (!isOurs || bytes === undefined)
    throw new SignalError('snapshot_incompatible', `it is of ${identity.service} ${identity.partition} at ${identity.n}`);
  return { version: identity.version, bytes };
};

/** Takes a generation out that is not what was stored, so that the next snapshot does not put it in the place of a good one. */
const discard = async (bus: Bus, { partition, options }: SnapshotRequest, stored: Generation): Promise<void> => {
  const keys = [bus.keys.snapshot(options.service, partition), bus.keys.previousSnapshot(options.service, partition)];
  await runScript(bus.bulk, 'discardSnapshot', { keys, args: [stored['n'] ?? '', stored['sha256'] ?? ''] });
};

/** A snapshot, or why a generation is none. `isDamaged`: its bytes are not what was stored, and never will be. */
type Loaded = Snapshot | Readonly<{ reason: string; isDamaged: boolean }>;

const unfit = (reason: string): Loaded => ({ reason, isDamaged: false });

const migrated = (found: Readonly<{ n: number; version: string; bytes: Uint8Array }>, { version, migrate }: SnapshotOptions): Loaded => {
  if (found.version === version) return found;
  const change = migrate?.(found.version);
  if (change === undefined) return unfit(`its version is ${found.version}, not ${version}`);
  try {
    return { n: found.n, bytes: change(found.bytes) };
  } catch (error) {
    return unfit(`its version is ${found.version}, and migrating it failed: ${String(error)}`);
  }
};

const loadOne = async (request: SnapshotRequest, stored: Generation): Promise<Loaded> => {
  const { options, cursorN } = request;
  const n = Number(String(stored['n']));
  if (n > cursorN) return unfit(`it is above the committed position ${cursorN}`);
  try {
    return migrated({ n, ...stateOf(await containerOf(stored, options), { request, n }) }, options);
  } catch (error) {
    // An object store that is away may come back: then the restore is tried again.
    if (!isSignalError(error, 'snapshot_incompatible', 'object_missing')) throw error;
    return { reason: error.message, isDamaged: true };
  }
};

/** Yields the stored snapshots that fit, the newest first; says of the others in the log why they do not. */
export async function* loadSnapshots(bus: Bus, request: SnapshotRequest): AsyncGenerator<Snapshot> {
  const { partition, options } = request;
  const { service } = options;
  const damaged: Generation[] = [];
  try {
    for (const key of [bus.keys.snapshot(service, partition), bus.keys.previousSnapshot(service, partition)]) {
      const stored = (await bus.bulk.hgetallBuffer(key)) as Generation;
      if (stored['n'] === undefined) continue;
      const loaded = await loadOne(request, stored);
      if ('bytes' in loaded) {
        yield loaded;
        continue;
      }
      bus.log.warn({ service, partition, n: String(stored['n']), reason: loaded.reason }, 'a snapshot is not used');
      if (loaded.isDamaged) damaged.push(stored);
    }
  } finally {
    // Only now, since it moves the previous one.
    for (const stored of damaged) await discard(bus, request, stored);
  }
}
