import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startRedis, type TestRedis, until } from '@signal/testing';
import type { Bus } from '../bus.ts';
import { everyEntry } from '../fixtures/check-run.ts';
import { appendEntry, trade } from '../fixtures/direct-log.ts';
import { openBus } from '../fixtures/open-bus.ts';
import { createSumProcessor } from '../fixtures/sum-processor.ts';
import type { Processor } from '../processor/processor-options.ts';
import { requestMove } from './requests.ts';

const PARTITION = 5;
const MOVES = 50;
/** Entries between two moves: half of them come before it is asked for, half while it is under way. */
const PER_MOVE = 12;

type Member = Readonly<{ bus: Bus; processor: Processor }>;

describe('a stream that is moved', () => {
  let redis: TestRedis;
  const running: Member[] = [];
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  afterEach(async () => {
    for (const { bus, processor } of running.splice(0)) {
      await processor.stop();
      await bus.close();
    }
  });

  const start = async (namespace: string, member: string): Promise<Member> => {
    const bus = await openBus({ redisUrl: redis.url, namespace, member });
    const processor = createSumProcessor(bus, { snapshotEveryEntries: 30 });
    running.push({ bus, processor });
    await processor.start();
    return { bus, processor };
  };
  const append = async (bus: Bus, from: number, count: number): Promise<void> => {
    for (let n = from; n < from + count; n += 1)
      await appendEntry(bus, { partition: PARTITION, n }, [trade(PARTITION, n + 0.1), trade(PARTITION, 1 / n)]);
  };
  const cursorAt = (bus: Bus, n: number): Promise<unknown> =>
    until(async () => (await bus.redis.hget(bus.keys.position('indicator', PARTITION), 'cursor')) === `${n}-0`, { what: `position ${n}` });
  const leaseOf = async (bus: Bus): Promise<readonly [string, number]> => {
    const [member, epoch] = await bus.redis.hmget(bus.keys.lease('indicator', PARTITION), 'member', 'epoch');
    return [member ?? '', Number(epoch)];
  };
  const outcomeOf = async (bus: Bus): Promise<unknown> => ({
    entries: (await everyEntry(bus, bus.keys.topic('indicators', PARTITION))).map(({ id, fields }) => [
      id,
      [...fields].map(([name, value]) => `${name}=${value.toString('hex')}`),
    ]),
    latest: await bus.redis.hgetall(bus.keys.latest('indicators', PARTITION)),
    letters: await everyEntry(bus, bus.keys.dead('indicator', PARTITION)),
  });

  it('fifty times is, bit for bit, the stream that never moved', async () => {
    const { bus } = await start('unmoved', 'a');
    await append(bus, 1, MOVES * PER_MOVE);
    await cursorAt(bus, MOVES * PER_MOVE);

    const [first, second] = [await start('moved', 'a'), await start('moved', 'b')];
    const owners: string[] = [];
    for (let move = 0; move < MOVES; move += 1) {
      const from = move * PER_MOVE + 1;
      await append(first.bus, from, PER_MOVE / 2);
      const to = (await leaseOf(first.bus))[0] === 'a' ? 'b' : 'a';
      await requestMove(first.bus, { service: 'indicator', partition: PARTITION, to });
      await append(first.bus, from + PER_MOVE / 2, PER_MOVE / 2);
      await until(async () => (await leaseOf(first.bus))[0] === to, { what: `move ${move} to ${to}` });
      owners.push(to);
    }
    await cursorAt(second.bus, MOVES * PER_MOVE);
    expect(owners.filter((owner, index) => owner === owners[index - 1])).toEqual([]);
    expect((await leaseOf(first.bus))[1]).toBeGreaterThanOrEqual(MOVES);
    expect(await outcomeOf(first.bus)).toEqual(await outcomeOf(bus));
  });
});
