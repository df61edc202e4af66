import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { MarketRecord } from '@signal/contracts';
import { startRedis, type TestRedis, until } from '@signal/testing';
import type { Bus } from '../bus.ts';
import { everyEntry, signalFaults } from '../fixtures/check-run.ts';
import { appendEntry, trade } from '../fixtures/direct-log.ts';
import { openBus } from '../fixtures/open-bus.ts';
import { createSumFold, REJECTED_PRICE, THROWING_PRICE } from '../fixtures/sum-fold.ts';
import { createSumProcessor } from '../fixtures/sum-processor.ts';
import { setNeeded } from '../reading/needed.ts';
import { readLag } from '../reading/read-lag.ts';
import type { Processor, ProcessorOptions } from './processor-options.ts';

const PARTITION = 5;

describe('a processor', () => {
  let redis: TestRedis;
  let bus: Bus;
  let running: Processor[] = [];
  let test = 0;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    bus = await openBus({ redisUrl: redis.url, namespace: `processor-${(test += 1)}`, member: 'a' });
  });
  afterEach(async () => {
    await Promise.all(running.map((one) => one.stop()));
    running = [];
    await bus.close();
  });

  const start = async (change: Partial<ProcessorOptions> = {}): Promise<Processor> => {
    const processor = createSumProcessor(bus, change);
    running.push(processor);
    await processor.start();
    return processor;
  };
  const stop = async (processor: Processor): Promise<void> => {
    running = running.filter((one) => one !== processor);
    await processor.stop();
  };
  const append = async (from: number, prices: readonly number[]): Promise<void> => {
    for (const [index, price] of prices.entries()) await appendEntry(bus, { partition: PARTITION, n: from + index }, [trade(PARTITION, price)]);
  };
  const reached = (processor: Processor, n: number): Promise<unknown> =>
    until(() => processor.positions().get(PARTITION)?.n === n, { what: `position ${n}` });
  const signals = async (): Promise<readonly string[]> =>
    (await everyEntry(bus, bus.keys.topic('indicators', PARTITION))).map(({ fields }) => String(fields.get('json')));
  const letters = async (): Promise<readonly Record<string, string>[]> =>
    (await everyEntry(bus, bus.keys.dead('indicator', PARTITION))).map(({ fields }) =>
      Object.fromEntries([...fields].map(([name, value]) => [name, String(value)])),
    );

  it('continues from snapshot and log exactly as one fold of the whole log', async () => {
    const prices = Array.from({ length: 30 }, (_, i) => i + 0.1);
    await append(1, prices.slice(0, 20));
    const first = await start({ snapshotEveryEntries: 5, batchEntries: 5 });
    await reached(first, 20);
    await until(() => bus.redis.hget(bus.keys.snapshot('indicator', PARTITION), 'n'), { what: 'a snapshot' });
    await stop(first);
    let folded = 0;
    let given: number | undefined;
    const second = await start({
      createFold: (partition, snapshot) => {
        const fold = createSumFold(snapshot);
        if (partition === PARTITION) given = snapshot?.length;
        return { ...fold, apply: (...args) => ((folded += 1), fold.apply(...args)) };
      },
    });
    await reached(second, 20);
    expect(given).toBeGreaterThan(0);
    expect(folded).toBeLessThan(20);
    await append(21, prices.slice(20));
    await reached(second, 30);
    expect(await signalFaults(bus, PARTITION)).toEqual([]);
  });

  it('dead-letters a rejected record and goes on with the others of its entry', async () => {
    const processor = await start();
    await appendEntry(bus, { partition: PARTITION, n: 1 }, [trade(PARTITION, 1), trade(PARTITION, REJECTED_PRICE), trade(PARTITION, 2)]);
    await reached(processor, 1);
    expect(await letters()).toMatchObject([
      { topic: bus.keys.topic('market', PARTITION), entryId: '1-0', index: '1', code: 'schema', attempts: '1' },
    ]);
    expect(JSON.parse((await signals())[0] ?? '')).toMatchObject([
      { seq: 1, data: { sum: 1 } },
      { seq: 2, data: { sum: 3 } },
    ]);
  });

  it('finds the records that make a fold throw, and folds the rest of the entry on a state they never touched', async () => {
    const processor = await start();
    await append(1, [10]);
    const records: readonly MarketRecord[] = [1, THROWING_PRICE, 2, 3, THROWING_PRICE].map((price) => trade(PARTITION, price));
    await appendEntry(bus, { partition: PARTITION, n: 2 }, records);
    await append(3, [4]);
    await reached(processor, 3);
    expect((await letters()).map(({ index, error }) => [index, error])).toEqual([
      ['1', 'RangeError: a price that nobody can fold'],
      ['4', 'RangeError: a price that nobody can fold'],
    ]);
    const sums = (await signals()).flatMap((json) =>
      (JSON.parse(json) as { seq: number; data: { sum: number } }[]).map(({ seq, data }) => [seq, data.sum]),
    );
    expect(sums).toEqual([
      [1, 10],
      [2, 11],
      [3, 13],
      [4, 16],
      [5, 20],
    ]);
    // A state restored from the log leaves out the same.
    await stop(processor);
    const next = await start();
    await append(4, [5]);
    await reached(next, 4);
    expect((await signals()).at(-1)).toContain('"sum":25');
  });

  it('dead-letters an entry that cannot be decoded, as a whole', async () => {
    const processor = await start();
    await bus.redis.xadd(bus.keys.topic('market', PARTITION), '1-0', 'prev', '0-0', 'v', '2', 'n', 1, 'w', 1, 'head', '{', 'd', '');
    await appendEntry(bus, { partition: PARTITION, n: 2 }, [trade(PARTITION, 7)]);
    await reached(processor, 2);
    expect(await letters()).toMatchObject([{ entryId: '1-0', index: '-1', code: 'entry_corrupt' }]);
    expect((await signals())[0]).toContain('"sum":7');
  });

  it('stands still and says why when the log goes on with a gap', async () => {
    const processor = await start();
    await append(1, [1]);
    await reached(processor, 1);
    await appendEntry(bus, { partition: PARTITION, n: 3, prev: '2-0' }, [trade(PARTITION, 3)]);
    await until(() => processor.unhealthy(), { what: 'the processor to say that something is missing' });
    expect(processor.unhealthy()).toContain('something between is missing');
    expect(processor.positions().get(PARTITION)?.n ?? 1).toBe(1);
  });

  it('takes a gap that the sequencer declares', async () => {
    const processor = await start();
    await append(1, [1]);
    await reached(processor, 1);
    await appendEntry(bus, { partition: PARTITION, n: 3, prev: '2-0' }, [{ kind: 'gap', generation: 1, lostAfter: 1 }, trade(PARTITION, 3)]);
    await reached(processor, 3);
  });

  it('says that the log ends before its committed position, instead of waiting in silence', async () => {
    const processor = await start();
    await append(1, [1, 2]);
    await reached(processor, 2);
    await bus.redis.del(bus.keys.topic('market', PARTITION));
    await until(() => processor.unhealthy(), { what: 'the processor to notice' });
    expect(processor.unhealthy()).toContain('before the committed position 2-0');
  });

  it('restores when its stored position was moved by another hand', async () => {
    const processor = await start();
    await append(1, [1, 2]);
    await reached(processor, 2);
    await bus.redis.hset(bus.keys.position('indicator', PARTITION), 'cursor', '1-0');
    await bus.redis.del(bus.keys.topic('indicators', PARTITION));
    await append(3, [3]);
    await until(async () => (await signals()).length === 2, { what: 'entries 2 and 3 to be folded again' });
    expect((await signals()).at(-1)).toContain('"sum":6');
  });

  it('trims its topics by event time, and never past what a registered reader needs', async () => {
    await setNeeded(bus, 'slow-reader', PARTITION, 150);
    const processor = await start({ snapshotEveryEntries: 50, batchEntries: 50, retentionMs: 60_000 });
    for (let n = 1; n <= 600; n += 1) {
      await appendEntry(bus, { partition: PARTITION, n }, [{ kind: 'mark', feed: 'walk', tMs: n * 1_000 }, trade(PARTITION, n)]);
    }
    await reached(processor, 600);
    const key = bus.keys.topic('indicators', PARTITION);
    const firstN = async (): Promise<number> => Number.parseInt((await bus.redis.xrange(key, '-', '+', 'COUNT', 1))[0]?.[0] ?? '0', 10);
    let n = 600;
    const nudge = async (): Promise<void> =>
      appendEntry(bus, { partition: PARTITION, n: (n += 1) }, [{ kind: 'mark', feed: 'walk', tMs: n * 1_000 }, trade(PARTITION, n)]);
    await until(async () => (await nudge(), (await firstN()) > 1), { what: 'the trim' });
    expect(await firstN()).toBeLessThanOrEqual(150);
    await setNeeded(bus, 'slow-reader', PARTITION, 100_000);
    await until(async () => (await nudge(), (await firstN()) > 150), { what: 'the trim to follow the reader' });
    expect(await firstN()).toBeLessThanOrEqual(n - 60);
  });

  it('shows its lag as unknown before it ever ran, then counted', async () => {
    await append(1, [1, 2, 3]);
    expect((await readLag(bus, 'indicator'))[PARTITION]).toMatchObject({ owner: null, lagEntries: null, lagMs: null, n: 0, slot: 5 });
    const processor = await start();
    await reached(processor, 3);
    expect((await readLag(bus, 'indicator'))[PARTITION]).toMatchObject({ owner: 'a', epoch: 1, lagEntries: 0, lagMs: 0, n: 3 });
    await stop(processor);
    await append(4, [4]);
    expect((await readLag(bus, 'indicator'))[PARTITION]).toMatchObject({ owner: null, lagEntries: 1, lagMs: expect.any(Number), n: 3 });
  });
});
