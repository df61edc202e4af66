import { createHash } from 'node:crypto';
import { SignalError } from '@signal/contracts';
import type { Bus } from '../bus.ts';
import type { Lease } from '../ownership/lease.ts';
import { runScript } from '../scripts/run-script.ts';

/** Where large snapshots go; the object store of `@signal/store` fits. */
export interface SnapshotObjects {
  put(key: string, bytes: Buffer): Promise<unknown>;
  get(key: string): Promise<Uint8Array>;
  remove(key: string): Promise<unknown>;
}

/** A state after entry `n` of the log. */
export type Snapshot = Readonly<{ n: number; bytes: Uint8Array }>;

/** Which snapshots are read: those of this service and version. */
export type SnapshotOptions = Readonly<{ service: string; version: string; objects?: SnapshotObjects | undefined }>;

/** Snapshots up to this size stay in Redis, larger ones go to the object store if there is one. */
export const MAX_REDIS_SNAPSHOT_BYTES = 1024 * 1024;

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const objectKey = (bus: Bus, lease: Lease, named: Readonly<{ n: number; sha256: string }>): string =>
  `snapshots/${bus.keys.namespace === '' ? 'default' : bus.keys.namespace}/${lease.service}/${lease.partition}/${named.n}-${named.sha256.slice(0, 16)}`;

/** Stores a snapshot and moves the service's need with it. Throws `fenced` or `commit_refused` when the owner is no longer entitled to. */
export async function saveSnapshot(bus: Bus, lease: Lease, named: Readonly<{ snapshot: Snapshot; options: SnapshotOptions }>): Promise<void> {
  const { service, version, objects } = named.options;
  const { partition } = lease;
  const { n } = named.snapshot;
  const bytes = Buffer.from(named.snapshot.bytes.buffer, named.snapshot.bytes.byteOffset, named.snapshot.bytes.byteLength);
  const sha256 = digestOf(bytes);
  const large = objects !== undefined && bytes.length > MAX_REDIS_SNAPSHOT_BYTES;
  const key = objectKey(bus, lease, { n, sha256 });
  if (large) await objects.put(key, bytes);
  const before = await bus.bulk.hget(bus.keys.snapshot(service, partition), 'object');
  const stored = large ? ['object', key] : ['bytes', bytes];
  const reply = await runScript(bus.bulk, 'saveSnapshot', {
    keys: [
      bus.keys.lease(service, partition),
      bus.keys.position(service, partition),
      bus.keys.snapshot(service, partition),
      bus.keys.needed(partition),
    ],
    args: [lease.member, lease.nonce, lease.epoch, n, service, 'n', n, 'version', version, 'sha256', sha256, ...stored],
  });
  const refused = String(reply);
  if (refused !== '')
    throw new SignalError(refused === 'fenced' ? 'fenced' : 'commit_refused', `snapshot of ${service} ${partition} at ${n}: ${refused}`);
  if (objects !== undefined && before !== null && before !== key) await objects.remove(before);
}

const bytesOf = async (
  stored: Readonly<Record<string, Buffer | undefined>>,
  objects: SnapshotObjects | undefined,
): Promise<Uint8Array | undefined> => {
  const object = stored['object'];
  if (object === undefined) return stored['bytes'];
  return objects === undefined ? undefined : await objects.get(object.toString());
};

/**
 * Returns the stored snapshot if it fits: this version, its own checksum, and not above `cursorN`. Otherwise says why in the log and
 * returns undefined, and the state is rebuilt from the log.
 */
export async function loadSnapshot(
  bus: Bus,
  at: Readonly<{ partition: number; cursorN: number; options: SnapshotOptions }>,
): Promise<Snapshot | undefined> {
  const { service, version, objects } = at.options;
  const stored = (await bus.bulk.hgetallBuffer(bus.keys.snapshot(service, at.partition))) as Readonly<Record<string, Buffer | undefined>>;
  if (stored['n'] === undefined) return undefined;
  const n = Number(stored['n'].toString());
  const unfit = (reason: string): undefined => {
    bus.log.warn({ service, partition: at.partition, n, reason }, 'a snapshot is not used; the state is rebuilt from the log');
    return undefined;
  };
  if (String(stored['version']) !== version) return unfit(`its version is ${String(stored['version'])}, not ${version}`);
  if (n > at.cursorN) return unfit(`it is above the committed position ${at.cursorN}`);
  let bytes: Uint8Array | undefined;
  try {
    bytes = await bytesOf(stored, objects);
  } catch (error) {
    if (error instanceof SignalError && error.code === 'object_missing') return unfit(error.message);
    throw error;
  }
  if (bytes === undefined) return unfit('its bytes are not there');
  return digestOf(bytes) === String(stored['sha256']) ? { n, bytes } : unfit('its checksum differs');
}
