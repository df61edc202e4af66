import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startRedis, type TestRedis, until } from '@signal/testing';
import type { Bus } from '../bus.ts';
import { everyEntry, signalFaults } from '../fixtures/check-run.ts';
import { appendEntry, trade } from '../fixtures/direct-log.ts';
import { openBus } from '../fixtures/open-bus.ts';
import { createSumFold } from '../fixtures/sum-fold.ts';
import { createSumProcessor } from '../fixtures/sum-processor.ts';
import type { Processor, ProcessorOptions } from '../processor/processor-options.ts';
import type { ReadOlder } from '../processor/read-log.ts';
import type { RawEntry } from '../redis/stream-replies.ts';

const PARTITION = 5;

describe('a restored partition', () => {
  let redis: TestRedis;
  let bus: Bus;
  let running: Processor | undefined;
  let test = 0;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    bus = await openBus({ redisUrl: redis.url, namespace: `restore-${(test += 1)}`, member: 'a' });
  });
  afterEach(async () => {
    await running?.stop();
    running = undefined;
    await bus.close();
  });

  const start = async (change: Partial<ProcessorOptions> = {}): Promise<Processor> => {
    running = createSumProcessor(bus, { snapshotEveryEntries: 5, batchEntries: 5, ...change });
    await running.start();
    return running;
  };
  const append = async (from: number, to: number): Promise<void> => {
    for (let n = from; n <= to; n += 1) await appendEntry(bus, { partition: PARTITION, n }, [trade(PARTITION, n / 10)]);
  };
  const reached = (n: number): Promise<unknown> => until(() => running?.positions().get(PARTITION)?.n === n, { what: `position ${n}` });
  const storedN = (key: string): Promise<string | null> => bus.redis.hget(key, 'n');
  /** Two generations of snapshots, and the log to entry 30. */
  const run = async (): Promise<void> => {
    await start();
    for (const n of [10, 20, 30]) {
      await append(n - 9, n);
      await reached(n);
      await until(async () => Number(await storedN(bus.keys.snapshot('indicator', PARTITION))) > n - 10, { what: `a snapshot after ${n - 10}` });
    }
    await running?.stop();
  };
  /** Restores, folds one entry more and compares every signal with one fold of the whole log. */
  const goesOn = async (change: Partial<ProcessorOptions> = {}): Promise<Readonly<{ given: number | undefined; folded: number }>> => {
    let given: number | undefined;
    let folded = 0;
    await append(31, 31);
    await start({
      createFold: (partition, snapshot) => {
        const fold = createSumFold(snapshot);
        if (partition === PARTITION) given = snapshot?.length;
        return { ...fold, apply: (...args) => ((folded += 1), fold.apply(...args)) };
      },
      ...change,
    });
    await reached(31);
    expect(await signalFaults(bus, PARTITION)).toEqual([]);
    return { given, folded };
  };

  it('folds only what came after the newest snapshot', async () => {
    await run();
    const n = Number(await storedN(bus.keys.snapshot('indicator', PARTITION)));
    expect((await goesOn()).folded).toBe(31 - n);
  });

  it('comes from the previous snapshot when the newest is torn', async () => {
    await run();
    const previousN = Number(await storedN(bus.keys.previousSnapshot('indicator', PARTITION)));
    await bus.redis.hset(bus.keys.snapshot('indicator', PARTITION), 'bytes', 'SGSN');
    // What a trim may have left.
    await bus.redis.xtrim(bus.keys.topic('market', PARTITION), 'MINID', `${previousN}-0`);
    let folded = 0;
    await append(31, 31);
    await start({
      createFold: (_, snapshot) => {
        const fold = createSumFold(snapshot);
        return { ...fold, apply: (...args) => ((folded += 1), fold.apply(...args)) };
      },
    });
    await reached(31);
    expect(folded).toBe(31 - previousN);
  });

  it('is rebuilt from the log with equal output when nothing migrates its older version', async () => {
    await run();
    expect(await goesOn({ version: '2' })).toEqual({ given: undefined, folded: 31 });
  });

  it('is rebuilt from the log with equal output when a fold refuses its snapshot', async () => {
    await run();
    const createFold: ProcessorOptions['createFold'] = (_, snapshot) => {
      if (snapshot !== undefined) throw new RangeError('a state that this fold cannot read');
      return createSumFold();
    };
    await goesOn({ createFold });
  });

  it('goes on from an older version that is migrated', async () => {
    await run();
    const n = Number(await storedN(bus.keys.snapshot('indicator', PARTITION)));
    const { given, folded } = await goesOn({ version: '2', migrate: (version) => (version === '1' ? (bytes) => bytes : undefined) });
    expect(given).toBeGreaterThan(0);
    expect(folded).toBe(31 - n);
  });

  it('stands still and names both positions when the log no longer reaches back to its snapshot', async () => {
    await run();
    await bus.redis.xtrim(bus.keys.topic('market', PARTITION), 'MINID', '25-0');
    await start({ version: '2' });
    await until(() => running?.unhealthy(), { what: 'the missing entries to be noticed' });
    expect(running?.unhealthy()).toContain('goes on after 0-0 with 25-0');
  });

  const older = (entries: readonly RawEntry[]): ReadOlder =>
    async function* ({ afterN, toN }) {
      for (const entry of entries) {
        const n = Number.parseInt(entry.id, 10);
        if (n > afterN && n <= toN) yield [entry];
      }
    };

  it('reads what the log no longer holds from where it is kept', async () => {
    await run();
    const key = bus.keys.topic('market', PARTITION);
    const kept = await everyEntry(bus, key);
    await bus.redis.xtrim(key, 'MINID', '25-0');
    await append(31, 31);
    await start({ version: '2', readOlder: older(kept) });
    await reached(31);
    const last = (await everyEntry(bus, bus.keys.topic('indicators', PARTITION))).at(-1)?.fields.get('json');
    // 1 to 31, a tenth each, added in order.
    const sum = Array.from({ length: 31 }, (_, i) => (i + 1) / 10).reduce((total, price) => total + price, 0);
    expect(JSON.parse(String(last))).toMatchObject([{ seq: 31, data: { sum } }]);
  });

  it('does not believe a source of older entries that leaves one out', async () => {
    await run();
    const key = bus.keys.topic('market', PARTITION);
    const kept = (await everyEntry(bus, key)).filter(({ id }) => id !== '12-0');
    await bus.redis.xtrim(key, 'MINID', '25-0');
    await start({ version: '2', readOlder: older(kept) });
    await until(() => running?.unhealthy(), { what: 'the hole to be noticed' });
    expect(running?.unhealthy()).toContain('goes on after 11-0 with 13-0');
  });
});
