import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startRedis, type TestRedis } from '@signal/testing';
import type { Bus } from '../bus.ts';
import { openBus } from '../fixtures/open-bus.ts';
import { createLeaseTable } from '../ownership/lease-table.ts';
import type { Lease } from '../ownership/lease.ts';
import { loadSnapshots } from './load-snapshots.ts';
import { saveSnapshot } from './save-snapshot.ts';
import { encodeContainer } from './snapshot-container.ts';
import type { SnapshotObjects, SnapshotOptions } from './snapshot-types.ts';

const PARTITION = 5;
const options: SnapshotOptions = { service: 'indicator', version: '2' };

describe('stored snapshots', () => {
  let redis: TestRedis;
  let bus: Bus;
  let lease: Lease;
  let test = 0;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    bus = await openBus({ redisUrl: redis.url, namespace: `snapshots-${(test += 1)}`, member: 'a' });
    lease = await acquire('a');
    await committedTo(100);
  });
  afterEach(() => bus.close());

  const acquire = async (member: string): Promise<Lease> => {
    const { leases } = await createLeaseTable({ ...bus, member }, 'indicator').acquire([PARTITION]);
    return leases[0] as Lease;
  };
  const committedTo = (n: number): Promise<unknown> => bus.redis.hset(bus.keys.position('indicator', PARTITION), 'cursor', `${n}-0`);
  const save = (n: number, state: string, change: Partial<SnapshotOptions> = {}): Promise<void> =>
    saveSnapshot(bus, lease, { snapshot: { n, bytes: Buffer.from(state) }, options: { ...options, ...change } });
  const load = async (change: Partial<SnapshotOptions> = {}, cursorN = 100): Promise<readonly string[]> => {
    const found: string[] = [];
    for await (const { n, bytes } of loadSnapshots(bus, { partition: PARTITION, cursorN, options: { ...options, ...change } }))
      found.push(`${n} ${Buffer.from(bytes).toString()}`);
    return found;
  };
  const newest = (): string => bus.keys.snapshot('indicator', PARTITION);
  const needed = (): Promise<string | null> => bus.redis.hget(bus.keys.needed(PARTITION), 'indicator');

  it('are kept in two generations, and the log from the older one on', async () => {
    await save(10, 'ten');
    expect(await needed()).toBe('0');
    await save(20, 'twenty');
    expect(await needed()).toBe('10');
    await save(30, 'thirty');
    expect(await needed()).toBe('20');
    expect(await load()).toEqual(['30 thirty', '20 twenty']);
  });

  it.each([
    ['torn', async (bytes: Buffer) => bytes.subarray(0, bytes.length - 7)],
    ['empty', async () => Buffer.alloc(0)],
    ['of another partition', async () => encodeContainer({ ...options, partition: 6, n: 20 }, new Map([['state', Buffer.from('x')]]))],
    [
      'of another service',
      async () => encodeContainer({ version: '2', service: 'greeks', partition: PARTITION, n: 20 }, new Map([['state', Buffer.from('x')]])),
    ],
    ['of another position', async () => encodeContainer({ ...options, partition: PARTITION, n: 19 }, new Map([['state', Buffer.from('x')]]))],
    ['altered in one bit', async (bytes: Buffer) => (bytes.writeUInt8(bytes.readUInt8(bytes.length - 40) ^ 1, bytes.length - 40), bytes)],
  ])('that are %s give way to the one before, which the next does not push out', async (_, damage) => {
    await save(10, 'ten');
    await save(20, 'twenty');
    const stored = (await bus.bulk.hgetBuffer(newest(), 'bytes')) as Buffer;
    await bus.redis.hset(newest(), 'bytes', await damage(stored));
    expect(await load()).toEqual(['10 ten']);
    await save(30, 'thirty');
    expect(await load()).toEqual(['30 thirty', '10 ten']);
    expect(await needed()).toBe('10');
  });

  it('above the committed position are not used, and replaced by the next', async () => {
    await save(80, 'eighty');
    await save(90, 'ninety');
    await committedTo(85);
    expect(await load({}, 85)).toEqual(['80 eighty']);
    await save(85, 'eighty-five');
    expect(await load({}, 85)).toEqual(['85 eighty-five', '80 eighty']);
  });

  it('cannot be stored above the committed position, nor below the newest', async () => {
    await expect(save(101, 'too far')).rejects.toMatchObject({ code: 'commit_refused', message: expect.stringContaining('above the cursor 100') });
    await save(50, 'fifty');
    await expect(save(49, 'late')).rejects.toMatchObject({ code: 'commit_refused', message: expect.stringContaining('older than the one at 50') });
    expect(await load()).toEqual(['50 fifty']);
  });

  it('cannot be put back by an owner that was paused while another took over', async () => {
    await save(40, 'forty');
    await bus.redis.hset(bus.keys.lease('indicator', PARTITION), 'untilMs', 1);
    const next = await acquire('b');
    await saveSnapshot(bus, next, { snapshot: { n: 90, bytes: Buffer.from('of the next owner') }, options });
    // The paused owner wakes; its snapshot would be newer than the stored one, were the next owner's still under way.
    await expect(save(95, 'of the paused owner')).rejects.toMatchObject({ code: 'fenced' });
    expect(await load()).toEqual(['90 of the next owner', '40 forty']);
  });

  it('of an older version are migrated, and passed over where nothing migrates them', async () => {
    await save(10, 'ten', { version: '1' });
    const migrate: NonNullable<SnapshotOptions['migrate']> = (version) =>
      version === '1' ? (bytes) => Buffer.from(`migrated ${Buffer.from(bytes).toString()}`) : undefined;
    expect(await load({ migrate })).toEqual(['10 migrated ten']);
    expect(await load()).toEqual([]);
    expect(await load({ version: '3', migrate: () => () => Buffer.from(String(JSON.parse('{'))) })).toEqual([]);
    // They are no damage: whoever goes back to that version finds its own.
    expect(await load({ version: '1' })).toEqual(['10 ten']);
  });

  it('that are large live in the object store, two of them, and one that is gone or torn gives way', async () => {
    const kept = new Map<string, Buffer>();
    const objects: SnapshotObjects = {
      put: async (key, bytes) => void kept.set(key, bytes),
      get: async (key) => kept.get(key) ?? Buffer.alloc(0),
      remove: async (key) => void kept.delete(key),
    };
    const large = (n: number): string => `${n}`.padEnd(1_100_000, '.');
    for (const n of [10, 20, 30]) await save(n, large(n), { objects });
    expect([...kept.keys()].map((key) => key.replace(/^.*\/(\d+)-.*$/, '$1'))).toEqual(['20', '30']);
    const newestKey = String(await bus.redis.hget(newest(), 'object'));
    kept.set(newestKey, (kept.get(newestKey) as Buffer).subarray(0, 5_000));
    expect((await load({ objects })).map((text) => text.slice(0, 5))).toEqual(['20 20']);
    kept.clear();
    expect(await load({ objects })).toEqual([]);
  });
});
