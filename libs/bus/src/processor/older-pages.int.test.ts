import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startRedis, type TestRedis, until } from '@signal/testing';
import type { Bus } from '../bus.ts';
import { everyEntry, signalFaults } from '../fixtures/check-run.ts';
import { appendEntry, trade } from '../fixtures/direct-log.ts';
import { openBus } from '../fixtures/open-bus.ts';
import { createSumProcessor } from '../fixtures/sum-processor.ts';
import type { RawEntry } from '../redis/stream-replies.ts';
import { createOlderPages } from './older-pages.ts';
import type { ReadyRun } from './partition-run.ts';
import type { Processor } from './processor-options.ts';
import type { ReadOlder } from './read-log.ts';

const PARTITION = 5;
const PAGE = 7;
/** Where the reader stood, where the log begins when it is back, and where the log ends. */
const STOOD_AT = 10;
const BEGINS_AT = 41;
const ENDS_AT = 60;

describe('a service that stands before what the log still holds', () => {
  let redis: TestRedis;
  let bus: Bus;
  let running: Processor | undefined;
  let kept: readonly RawEntry[] = [];
  let test = 0;
  const key = (): string => bus.keys.topic('market', PARTITION);
  const append = async (from: number, to: number): Promise<void> => {
    for (let n = from; n <= to; n += 1) await appendEntry(bus, { partition: PARTITION, n }, [trade(PARTITION, n / 10)]);
  };
  const start = async (readOlder?: ReadOlder): Promise<void> => {
    running = createSumProcessor(bus, { batchEntries: 5, ...(readOlder === undefined ? {} : { readOlder }) });
    await running.start();
  };
  const reached = (n: number): Promise<unknown> => until(() => running?.positions().get(PARTITION)?.n === n, { what: `position ${n}` });
  const outputs = async (): Promise<number> => (await everyEntry(bus, bus.keys.topic('indicators', PARTITION))).length;

  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    bus = await openBus({ redisUrl: redis.url, namespace: `older-${(test += 1)}`, member: 'a' });
    await start();
    await append(1, STOOD_AT);
    await reached(STOOD_AT);
    await running?.stop();
    await append(STOOD_AT + 1, ENDS_AT);
    kept = await everyEntry(bus, key());
    await bus.redis.xtrim(key(), 'MINID', `${BEGINS_AT}-0`);
  });
  afterEach(async () => {
    await running?.stop();
    await bus.close();
  });

  /** Pages of what is kept; `asked` collects which stretches were. */
  const readOf = (entries: readonly RawEntry[], asked: string[] = []): ReadOlder =>
    async function* ({ afterN, toN }) {
      asked.push(`${afterN}-${toN}`);
      const wanted = entries.filter(({ id }) => Number.parseInt(id, 10) > afterN && Number.parseInt(id, 10) <= toN);
      for (let from = 0; from < wanted.length; from += PAGE) yield wanted.slice(from, from + PAGE);
    };

  it('reads what is missing where it is kept, publishes it, and goes on with the log', async () => {
    const asked: string[] = [];
    await start(readOf(kept, asked));
    await reached(ENDS_AT);
    expect(await outputs()).toBe(ENDS_AT);
    // The log as it was: every signal is compared with one fold of all of it.
    await bus.redis.del(key());
    for (const { id, fields } of kept) await bus.redis.xadd(key(), id, ...[...fields].flat());
    expect(await signalFaults(bus, PARTITION)).toEqual([]);
    expect(asked.at(-1)).toBe(`${STOOD_AT}-${BEGINS_AT - 1}`);
  });

  it('hands a page out again until it was worked off', async () => {
    const older = createOlderPages(bus, readOf(kept));
    const state = { n: STOOD_AT };
    const run = { partition: PARTITION, state } as unknown as ReadyRun;
    const first = kept.find(({ id }) => id === `${BEGINS_AT}-0`) as RawEntry;
    const idsOf = async (): Promise<readonly string[] | undefined> => (await older.before(run, first))?.map(({ id }) => id);
    const page = (from: number): readonly string[] => Array.from({ length: PAGE }, (_, i) => `${from + i}-0`);
    expect([await idsOf(), await idsOf()]).toEqual([page(STOOD_AT + 1), page(STOOD_AT + 1)]);
    state.n = STOOD_AT + PAGE;
    expect([await idsOf(), await idsOf()]).toEqual([page(state.n + 1), page(state.n + 1)]);
    state.n = BEGINS_AT - 1;
    expect(await idsOf()).toBeUndefined();
  });

  it('goes on from its position when a batch of that is not committed', async () => {
    let pages = 0;
    const broken: ReadOlder = async function* (stretch) {
      for await (const page of readOf(kept)(stretch)) {
        pages += 1;
        if (pages === 3) throw new RangeError('the store went away');
        yield page;
      }
    };
    await start(broken);
    await reached(ENDS_AT);
    expect(await outputs()).toBe(ENDS_AT);
  });

  it('publishes nothing over a hole in what is kept', async () => {
    await start(readOf(kept.filter(({ id }) => id !== '30-0')));
    await until(() => running?.unhealthy(), { what: 'the hole to be noticed' });
    expect(running?.unhealthy()).toMatch(/goes on after 29-0 with 31-0/);
    expect(await outputs()).toBeLessThan(30);
  });

  it('stands still and says so where nothing is kept', async () => {
    await start();
    await until(() => running?.unhealthy(), { what: 'the gap to be said' });
    expect(running?.unhealthy()).toMatch(/goes on after/);
    expect(await outputs()).toBe(STOOD_AT);
  });
});
