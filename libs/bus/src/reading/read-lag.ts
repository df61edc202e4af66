import { slotOf } from '@signal/contracts';
import type { Bus } from '../bus.ts';
import { compareIds, sequenceOf, ZERO_ID } from '../redis/stream-id.ts';
import { groupsOf, rangeOf, stateOf } from '../redis/stream-replies.ts';
import type { PartitionLag } from './reading-types.ts';

type Behind = Readonly<{ lagEntries: number | null; lagMs: number | null; n: number }>;

/** Age of the first entry after a position: the flush time that market entries carry, else the milliseconds of a time-based id. */
const ageMs = async (bus: Bus, key: string, position: string): Promise<number | null> => {
  const [next] = await rangeOf(bus.redis, key, { from: `(${position}`, to: '+', count: 1 });
  if (next === undefined) return 0;
  const wall = next.fields.get('w')?.toString();
  return Math.max(0, bus.clock.nowMs() - (wall === undefined ? sequenceOf(next.id) : Number(wall)));
};

const marketBehind = async (bus: Bus, service: string, partition: number): Promise<Behind> => {
  const key = bus.keys.topic('market', partition);
  const [groups, { lastId }] = await Promise.all([groupsOf(bus.redis, key), stateOf(bus.redis, key)]);
  const position = groups.get(service);
  if (position === undefined) return { lagEntries: null, lagMs: null, n: 0 };
  // Sequences are without holes, so their difference counts entries exactly, trimmed ones too.
  const lagEntries = sequenceOf(lastId) - sequenceOf(position);
  if (lagEntries < 0) return { lagEntries: null, lagMs: null, n: sequenceOf(position) };
  return { lagEntries, lagMs: lagEntries === 0 ? 0 : await ageMs(bus, key, position), n: sequenceOf(position) };
};

/** The sequencer reads the inbox; its ids are times, so Redis counts for us, or says that it does not know. */
const inboxBehind = async (bus: Bus, service: string, partition: number): Promise<Behind> => {
  const key = bus.keys.topic('inbox', partition);
  const [position, stored, { lastId }] = await Promise.all([
    bus.redis.hget(bus.keys.position(service, partition), 'inbox'),
    bus.redis.hget(bus.keys.position(service, partition), 'cursor'),
    stateOf(bus.redis, key),
  ]);
  const n = sequenceOf(stored ?? ZERO_ID);
  const at = position ?? ZERO_ID;
  if (compareIds(lastId, at) < 0) return { lagEntries: null, lagMs: null, n };
  const waiting = lastId === at ? 0 : (await bus.redis.xrange(key, `(${at}`, '+', 'COUNT', 1_000)).length;
  return { lagEntries: waiting, lagMs: waiting === 0 ? 0 : await ageMs(bus, key, at), n };
};

/** Returns how far a service is behind in every partition: of `market`, and the sequencer of its inbox. Unknown is null, never 0. */
export async function readLag(bus: Bus, service: string): Promise<PartitionLag[]> {
  return Promise.all(
    Array.from({ length: bus.partitions }, async (_, partition) => {
      const [owner, epoch, free] = await bus.redis.hmget(bus.keys.lease(service, partition), 'member', 'epoch', 'free');
      const behind = service === 'ingest' ? await inboxBehind(bus, service, partition) : await marketBehind(bus, service, partition);
      return { service, partition, slot: slotOf(partition), owner: free === '1' ? null : (owner ?? null), epoch: Number(epoch ?? 0), ...behind };
    }),
  );
}
