import { SignalError } from '@signal/contracts';
import type { Bus } from '../bus.ts';
import type { Lease } from '../ownership/lease.ts';
import { runScript } from '../scripts/run-script.ts';
import { encodeContainer } from './snapshot-container.ts';
import type { Snapshot, SnapshotOptions } from './snapshot-types.ts';

/** Snapshots up to this size stay in Redis, larger ones go to the object store if there is one. */
export const MAX_REDIS_SNAPSHOT_BYTES = 1024 * 1024;
const DIGEST_CHARACTERS = 16;

const objectKey = (bus: Bus, { service, partition }: Lease, named: Readonly<{ n: number; sha256: string }>): string =>
  `snapshots/${bus.keys.namespace === '' ? 'default' : bus.keys.namespace}/${service}/${partition}/${named.n}-${named.sha256.slice(0, DIGEST_CHARACTERS)}`;

type Stored = Readonly<{ n: number; version: string; sha256: string; field: 'bytes' | 'object'; value: Buffer | string }>;

const store = async (bus: Bus, lease: Lease, one: Stored): Promise<Readonly<{ refused: string; fallen: string }>> => {
  const { service, partition } = lease;
  const { keys } = bus;
  const [refused, fallen] = (await runScript(bus.bulk, 'saveSnapshot', {
    keys: [
      keys.lease(service, partition),
      keys.position(service, partition),
      keys.snapshot(service, partition),
      keys.previousSnapshot(service, partition),
      keys.needed(partition),
    ],
    args: [
      ...[lease.member, lease.nonce, lease.epoch, one.n, service],
      ...['n', one.n, 'version', one.version, 'sha256', one.sha256, one.field, one.value],
    ],
  })) as readonly [string, string];
  return { refused, fallen };
};

/**
 * Stores a snapshot as the newest generation; the one before becomes the previous one, and the service needs the log from there on.
 * Throws `fenced` or `commit_refused` when the owner is no longer entitled to.
 */
export async function saveSnapshot(bus: Bus, lease: Lease, named: Readonly<{ snapshot: Snapshot; options: SnapshotOptions }>): Promise<void> {
  const { version, objects } = named.options;
  const { service, partition } = lease;
  const { n, bytes } = named.snapshot;
  const container = encodeContainer({ service, version, partition, n }, new Map([['state', bytes]]));
  const sha256 = container.subarray(-32).toString('hex');
  const object = objects !== undefined && container.length > MAX_REDIS_SNAPSHOT_BYTES ? objectKey(bus, lease, { n, sha256 }) : undefined;
  if (object !== undefined) await objects?.put(object, container);
  const stored = object === undefined ? ({ field: 'bytes', value: container } as const) : ({ field: 'object', value: object } as const);
  const { refused, fallen } = await store(bus, lease, { n, version, sha256, ...stored });
  if (refused !== '')
    throw new SignalError(refused === 'fenced' ? 'fenced' : 'commit_refused', `snapshot of ${service} ${partition} at ${n}: ${refused}`);
  // The generation that fell out; nothing names its object any more.
  if (fallen !== '' && fallen !== object) await objects?.remove(fallen);
}
