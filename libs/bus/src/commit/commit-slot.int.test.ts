import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { encodeSignals } from '@signal/contracts';
import { startRedis, type TestRedis } from '@signal/testing';
import type { Bus } from '../bus.ts';
import { appendEntry, trade } from '../fixtures/direct-log.ts';
import { openBus } from '../fixtures/open-bus.ts';
import { emptyRedis, everyKey } from '../fixtures/whole-redis.ts';
import { createLeaseTable } from '../ownership/lease-table.ts';
import type { Lease } from '../ownership/lease.ts';
import { groupsOf, rangeOf, stateOf } from '../redis/stream-replies.ts';
import { runScript } from '../scripts/run-script.ts';
import { sendCommits } from './commit-slot.ts';
import type { PartitionCommit } from './partition-commit.ts';
import { settleCommits } from './settle-commits.ts';

const PARTITION = 3;
const signals = encodeSignals([{ instrument: 'TEST:P3', seq: 1, tsMs: 1, final: true, data: { sum: 1 } }]);

describe('the commit', () => {
  let redis: TestRedis;
  let bus: Bus;
  let lease: Lease;
  let good: PartitionCommit;
  beforeAll(async () => {
    redis = await startRedis();
    bus = await openBus({ redisUrl: redis.url, namespace: 'commit', member: 'a' });
  });
  afterAll(async () => {
    await bus.close();
    await redis.stop();
  });
  beforeEach(async () => {
    await emptyRedis(bus);
    for (const n of [1, 2]) await appendEntry(bus, { partition: PARTITION, n }, [trade(PARTITION, n)]);
    lease = (await createLeaseTable(bus, 'indicator').acquire([PARTITION])).leases[0] as Lease;
    good = {
      lease,
      expected: { cursor: '' },
      position: { cursor: '1-0', epoch: String(lease.epoch), control: 'x' },
      group: { topic: 'market', id: '1-0', entriesRead: 1 },
      topics: [
        {
          topic: 'indicators',
          prev: '0-0',
          entries: [
            { id: '1-0', fields: signals },
            { id: '1-1', fields: signals },
          ],
          latest: new Map([['a', '1']]),
        },
      ],
      deadLetters: [{ topic: 'market', entryId: '1-0', index: 0, code: 'schema', error: 'e', attempts: 1, record: {} }],
    };
  });

  const topic = (change: Readonly<Record<string, unknown>>): PartitionCommit['topics'] => [
    { ...good.topics[0], ...change } as PartitionCommit['topics'][number],
  ];
  const everything = (): Promise<unknown> => everyKey(bus);

  it('writes outputs, position, latest values, dead letters and the group in one call', async () => {
    expect(await sendCommits(bus, [good])).toEqual([undefined]);
    expect(await bus.redis.xrange(bus.keys.topic('indicators', PARTITION), '-', '+')).toMatchObject([
      ['1-0', ['prev', '0-0', 'v', '2', 'n', '1', 'json', expect.any(String)]],
      ['1-1', ['prev', '1-0', 'v', '2', 'n', '1', 'json', expect.any(String)]],
    ]);
    expect(await bus.redis.hgetall(bus.keys.position('indicator', PARTITION))).toEqual({
      cursor: '1-0',
      epoch: '1',
      control: 'x',
      'last:indicators': '1-1',
    });
    expect(await bus.redis.hget(bus.keys.latest('indicators', PARTITION), 'a')).toBe('1');
    expect(await bus.redis.xlen(bus.keys.dead('indicator', PARTITION))).toBe(1);
    expect(await bus.redis.xinfo('GROUPS', bus.keys.topic('market', PARTITION))).toEqual([
      ['name', 'indicator', 'consumers', 0, 'pending', 0, 'last-delivered-id', '1-0', 'entries-read', 1, 'lag', 1],
    ]);
  });

  it('removes the latest values that are empty, and keeps the others', async () => {
    const many = Array.from({ length: 900 }, (_, i) => [`f${i}`, `${i}`] as const);
    await bus.redis.hset(bus.keys.latest('indicators', PARTITION), Object.fromEntries(many));
    const removed = many.slice(50).map(([field]) => [field, Number(field.slice(1)) % 2 === 0 ? '' : Buffer.alloc(0)] as const);
    const latest = new Map<string, string | Buffer>([['a', '1'], ...removed, ['absent', '']]);
    expect(await sendCommits(bus, [{ ...good, topics: topic({ latest }) }])).toEqual([undefined]);
    expect(await bus.redis.hgetall(bus.keys.latest('indicators', PARTITION))).toEqual(Object.fromEntries([['a', '1'], ...many.slice(0, 50)]));
  });

  it('moves a group that exists, and makes it again where it was lost', async () => {
    await sendCommits(bus, [good]);
    const next = {
      ...good,
      expected: { cursor: '1-0' },
      position: { cursor: '2-0', epoch: '1' },
      topics: [],
      group: { topic: 'market', id: '2-0', entriesRead: 2 },
    } as const;
    expect(await sendCommits(bus, [next])).toEqual([undefined]);
    await bus.redis.xgroup('DESTROY', bus.keys.topic('market', PARTITION), 'indicator');
    expect(await sendCommits(bus, [{ ...next, expected: { cursor: '2-0' } }])).toEqual([undefined]);
    expect(await groupsOf(bus.redis, bus.keys.topic('market', PARTITION))).toEqual(new Map([['indicator', '2-0']]));
  });

  type Failing = Readonly<{ name: string; code: string; change?: () => Partial<PartitionCommit>; before?: () => Promise<unknown> }>;
  const failing: readonly Failing[] = [
    { name: 'another member', code: 'fenced', change: () => ({ lease: { ...lease, member: 'b' } }) },
    { name: 'another nonce', code: 'fenced', change: () => ({ lease: { ...lease, nonce: '0'.repeat(16) } }) },
    { name: 'another epoch', code: 'fenced', change: () => ({ lease: { ...lease, epoch: 2 } }) },
    { name: 'a released lease', code: 'fenced', before: () => createLeaseTable(bus, 'indicator').release([lease]) },
    { name: 'a cursor that moved', code: 'cursor_moved', change: () => ({ expected: { cursor: '7-0' } }) },
    { name: 'an inbox cursor that moved', code: 'cursor_moved', change: () => ({ expected: { cursor: '', inbox: '7-0' } }) },
    {
      name: 'an id not above the last of its topic',
      code: 'commit_refused',
      before: () => bus.redis.xadd(bus.keys.topic('indicators', PARTITION), '5-0', 'a', 'b'),
    },
    {
      name: 'an id not above the one before it',
      code: 'commit_refused',
      change: () => ({ topics: topic({ entries: [...(good.topics[0]?.entries ?? []), { id: '1-1', fields: signals }] }) }),
    },
    {
      name: 'a prev that is not the last id',
      code: 'commit_refused',
      change: () => ({ topics: topic({ prev: '0-1' }) }),
    },
    {
      name: 'an entry too large',
      code: 'commit_refused',
      change: () => ({ topics: topic({ entries: [{ id: '1-0', fields: { json: 'x'.repeat(1024 * 1024) } }] }) }),
    },
    { name: 'a control state too large', code: 'commit_refused', change: () => ({ position: { ...good.position, control: 'x'.repeat(4097) } }) },
    { name: 'a topic that is no stream', code: 'commit_refused', before: () => bus.redis.set(bus.keys.topic('indicators', PARTITION), 'x') },
    { name: 'latest values that are no hash', code: 'commit_refused', before: () => bus.redis.set(bus.keys.latest('indicators', PARTITION), 'x') },
    { name: 'dead letters that are no stream', code: 'commit_refused', before: () => bus.redis.set(bus.keys.dead('indicator', PARTITION), 'x') },
    { name: 'an id that is none', code: 'commit_refused', change: () => ({ topics: topic({ entries: [{ id: 'NaN-0', fields: signals }] }) }) },
    {
      name: 'a group id that is none',
      code: 'commit_refused',
      change: () => ({ group: { topic: 'market', id: 'NaN-0', entriesRead: 1 } }),
    },
    {
      name: 'a count of entries read that is none',
      code: 'commit_refused',
      change: () => ({ group: { topic: 'market', id: '1-0', entriesRead: -2 } }),
    },
    { name: 'a group whose stream is none', code: 'commit_refused', before: () => bus.redis.set(bus.keys.topic('market', PARTITION), 'x') },
  ];
  it.each(failing)('writes nothing for $name, and says so: $code', async ({ code, change, before }) => {
    await before?.();
    const untouched = await everything();
    expect(await sendCommits(bus, [{ ...good, ...change?.() }])).toMatchObject([{ code }]);
    expect(await everything()).toEqual(untouched);
  });

  describe('after a commit', () => {
    let next: PartitionCommit;
    const key = (): string => bus.keys.topic('indicators', PARTITION);
    beforeEach(async () => {
      await sendCommits(bus, [good]);
      const topics = topic({ prev: '1-1', entries: [{ id: '2-0', fields: signals }] });
      next = { ...good, expected: { cursor: '1-0' }, position: { cursor: '2-0', epoch: '1' }, topics };
    });

    it('goes on from the id that the one before left in the position', async () => {
      expect(await sendCommits(bus, [next])).toEqual([undefined]);
      expect(await bus.redis.xrevrange(key(), '+', '-', 'COUNT', 1)).toMatchObject([
        ['2-0', ['prev', '1-1', 'v', '2', 'n', '1', 'json', expect.any(String)]],
      ]);
      expect(await bus.redis.hget(bus.keys.position('indicator', PARTITION), 'last:indicators')).toBe('2-0');
    });

    const refused: readonly Failing[] = [
      { name: 'an entry above it that nobody committed', code: 'commit_refused', before: () => bus.redis.xadd(key(), '1-5', 'a', 'b') },
      {
        name: 'an owner that takes a lower id for the last',
        code: 'commit_refused',
        change: () => ({ topics: topic({ prev: '1-0', entries: [{ id: '2-0', fields: signals }] }) }),
      },
      {
        name: 'an owner that takes a greater id for the last',
        code: 'commit_refused',
        change: () => ({ topics: topic({ prev: '1-5', entries: [{ id: '2-0', fields: signals }] }) }),
      },
      {
        name: 'a topic that has become no stream',
        code: 'commit_refused',
        before: async () => (await bus.redis.del(key()), bus.redis.set(key(), 'x')),
      },
    ];
    it.each(refused)('writes nothing for $name', async ({ code, change, before }) => {
      await before?.();
      const untouched = await everything();
      expect(await sendCommits(bus, [{ ...next, ...change?.() }])).toMatchObject([{ code }]);
      expect(await everything()).toEqual(untouched);
    });

    it('believes the stream where it has lost what the position remembers', async () => {
      await bus.redis.del(key());
      expect(await sendCommits(bus, [{ ...next, topics: topic({ prev: '0-0', entries: [{ id: '2-0', fields: signals }] }) }])).toEqual([undefined]);
      expect(await bus.redis.xrange(key(), '-', '+')).toMatchObject([['2-0', ['prev', '0-0', 'v', '2', 'n', '1', 'json', expect.any(String)]]]);
    });

    it('writes all of it above a greater id whose entry was removed', async () => {
      await bus.redis.xadd(key(), '9-0', 'a', 'b');
      await bus.redis.xdel(key(), '9-0');
      const bars = { topic: 'bars', prev: '0-0', entries: [{ id: '2-0', fields: signals }], latest: new Map() } as const;
      expect(await sendCommits(bus, [{ ...next, topics: [bars, ...next.topics] }])).toEqual([undefined]);
      expect(await bus.redis.xlen(bus.keys.topic('bars', PARTITION))).toBe(1);
      expect(await stateOf(bus.redis, key())).toEqual({ firstId: '1-0', lastId: '2-0' });
    });

    it('keeps the fields of entries of different forms, shared or not', async () => {
      const forms = [
        { v: '2', n: '1', json: '[1]' },
        { v: '2', n: '2', json: '[1]' },
        { v: '2', json: '[1]', d: Buffer.from([0, 255]) },
        { v: '2', n: '1' },
        { v: '2', n: '1' },
      ];
      const entries = forms.map((fields, index) => ({ id: `2-${index}`, fields }));
      expect(await sendCommits(bus, [{ ...next, topics: topic({ prev: '1-1', entries }) }])).toEqual([undefined]);
      const stored = await rangeOf(bus.redis, key(), { from: '2-0', to: '+', count: 9 });
      expect(stored.map(({ id, fields }) => [id, ...fields])).toEqual(
        entries.map(({ id, fields }, index) => [
          id,
          ['prev', Buffer.from(index === 0 ? '1-1' : `2-${index - 1}`)],
          ...Object.entries(fields).map(([name, value]) => [name, Buffer.from(value as string)]),
        ]),
      );
    });
  });

  it('writes the partitions that pass beside one that does not', async () => {
    const other = (await createLeaseTable(bus, 'greeks').acquire([PARTITION])).leases[0] as Lease;
    const bad: PartitionCommit = { ...good, lease: { ...other, epoch: 9 }, topics: [] };
    expect(await sendCommits(bus, [bad, good])).toMatchObject([{ code: 'fenced' }, undefined]);
    expect(await bus.redis.hget(bus.keys.position('indicator', PARTITION), 'cursor')).toBe('1-0');
  });

  it('finds out by the stored position whether an unanswered commit was written', async () => {
    const unanswered = (written: boolean): Bus => {
      const commands = Object.create(bus.redis) as Record<string, unknown>;
      commands['signal_commit'] = async (numberOfKeys: number, args: readonly string[]) => {
        if (written) await runScript(bus.redis, 'commit', { keys: args.slice(0, numberOfKeys), args: args.slice(numberOfKeys) });
        throw new RangeError('Command timed out');
      };
      return { ...bus, redis: commands as unknown as Bus['redis'] };
    };
    expect(await settleCommits(unanswered(false), [good])).toMatchObject([{ code: 'cursor_moved' }]);
    expect(await settleCommits(unanswered(true), [good])).toEqual([undefined]);
  });
});
