import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encodeSignals } from '@signal/contracts';
import { startRedis, type TestRedis, until } from '@signal/testing';
import type { Bus } from '../bus.ts';
import { sendCommits } from '../commit/commit-slot.ts';
import type { CommitResult } from '../commit/partition-commit.ts';
import { appendEntry, trade } from '../fixtures/direct-log.ts';
import { openBus } from '../fixtures/open-bus.ts';
import { createLeaseTable } from '../ownership/lease-table.ts';
import type { Lease } from '../ownership/lease.ts';
import { lastIdsOf } from './restore-fold.ts';
import { readStreams } from '../redis/stream-replies.ts';
import { createBatch } from './batch.ts';

const PARTITION = 3;
const TTL_MS = 60;

/** An owner in slow motion: it reads and commits only when the test says so, so that every interleaving can be forced. */
type Owner = Readonly<{ read(): Promise<void>; commit(): Promise<CommitResult | 'nothing'>; lease: Lease }>;

describe.each(['cursor', 'group'] as const)('an owner that is paused, replaced and woken, reading by %s', (design) => {
  let redis: TestRedis;
  let zombieBus: Bus;
  let nextBus: Bus;
  beforeAll(async () => {
    redis = await startRedis();
    zombieBus = await openBus({ redisUrl: redis.url, namespace: 'zombie', member: 'zombie', leaseTtlMs: TTL_MS });
    nextBus = await openBus({ redisUrl: redis.url, namespace: 'zombie', member: 'next', leaseTtlMs: 5_000 });
  });
  afterAll(async () => {
    await Promise.all([zombieBus.close(), nextBus.close()]);
    await redis.stop();
  });

  const readNew = async (bus: Bus, cursor: string): Promise<readonly string[]> => {
    const key = bus.keys.topic('market', PARTITION);
    if (design === 'cursor')
      return ((await readStreams(bus.redis, { cursors: new Map([[key, cursor]]), count: 10 })).get(key) ?? []).map(({ id }) => id);
    const reply = await bus.redis.xreadgroup('GROUP', 'g', bus.member, 'STREAMS', key, '>');
    return ((reply as [string, [string, string[]][]][] | null)?.[0]?.[1] ?? []).map(([id]) => id);
  };

  const takeOver = async (bus: Bus): Promise<Owner> => {
    const table = createLeaseTable(bus, 'indicator');
    const lease = await until(async () => (await table.acquire([PARTITION])).leases[0], { what: `${bus.member} to get the lease` });
    let cursor = (await bus.redis.hget(bus.keys.position('indicator', PARTITION), 'cursor')) ?? '';
    const read: string[] = [];
    return {
      lease,
      read: async () => void read.push(...(await readNew(bus, read.at(-1) ?? (cursor === '' ? '0-0' : cursor)))),
      commit: async () => {
        const ids = read.splice(0);
        const last = ids.at(-1);
        if (last === undefined) return 'nothing';
        const batch = createBatch(await lastIdsOf(bus, PARTITION, ['indicators']));
        for (const id of ids) {
          const signal = { instrument: 'TEST:P3', seq: 1, tsMs: 1, final: true, data: { id } };
          batch.addOutputs(Number.parseInt(id, 10), [{ topic: 'indicators', fields: encodeSignals([signal]), latest: [] }]);
        }
        const position = { cursor: last, epoch: String(lease.epoch) };
        const [result] = await sendCommits(bus, [
          { lease, expected: { cursor }, position, group: undefined, topics: batch.topics(), deadLetters: [] },
        ]);
        if (result === undefined) cursor = last;
        return result;
      },
    };
  };

  const outputIds = async (): Promise<readonly string[]> =>
    (await nextBus.redis.xrange(nextBus.keys.topic('indicators', PARTITION), '-', '+')).map(([id]) => id);

  it(
    design === 'cursor'
      ? 'loses nothing: what it read it cannot commit, and the next owner reads it too'
      : 'loses what it read: the group gives it to nobody else',
    async () => {
      const append = (n: number): Promise<void> => appendEntry(nextBus, { partition: PARTITION, n }, [trade(PARTITION, n)]);
      await append(1);
      if (design === 'group') await nextBus.redis.xgroup('CREATE', nextBus.keys.topic('market', PARTITION), 'g', '0');
      const zombie = await takeOver(zombieBus);
      await zombie.read();
      expect(await zombie.commit()).toBeUndefined();
      // The zombie is paused here; its lease runs out and the next owner takes over, with nothing pending.
      const next = await takeOver(nextBus);
      expect(zombie.lease.valid()).toBe(false);
      await append(2);
      // It wakes in the middle of its loop, after it last looked at its lease, and reads first.
      await zombie.read();
      await append(3);
      await next.read();
      const committed = await next.commit();
      expect(await zombie.commit()).toMatchObject({ code: 'fenced' });
      expect(committed).toBeUndefined();
      expect(await outputIds()).toEqual(design === 'cursor' ? ['1-0', '2-0', '3-0'] : ['1-0', '3-0']);
    },
  );
});
