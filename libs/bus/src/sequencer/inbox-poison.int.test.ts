import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { recordsOf } from '@signal/contracts';
import { startRedis, type TestRedis, until } from '@signal/testing';
import type { Bus } from '../bus.ts';
import { everyEntry } from '../fixtures/check-run.ts';
import { trade } from '../fixtures/direct-log.ts';
import { openBus } from '../fixtures/open-bus.ts';
import { type SpawnedMember, spawnMember } from '../fixtures/spawn-member.ts';
import { DEADLY_PRICE } from '../fixtures/sum-fold.ts';
import { appendInbox } from '../inbox.ts';
import { decodeLogEntry } from '../processor/log-entry.ts';

const PARTITION = 5;
/** More deaths than one record needs; then the search has failed. */
const MAX_DEATHS = 8;

describe('an inbox record that kills the sequencer', () => {
  let redis: TestRedis;
  let bus: Bus;
  let member: SpawnedMember | undefined;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    bus = await openBus({ redisUrl: redis.url, namespace: 'inbox-poison', member: 'test' });
  });
  afterEach(async () => {
    await member?.end('SIGKILL');
    await bus.close();
  });

  const prices = async (partition: number): Promise<readonly number[]> =>
    (await everyEntry(bus, bus.keys.topic('market', partition)))
      .flatMap((raw) => recordsOf(decodeLogEntry(raw).body))
      .flatMap((record) => (record.kind === 'trade' ? [record.price] : []));

  it('is left out alone, and nothing else of any inbox is lost, doubled or reordered', async () => {
    const pushed = Array.from({ length: 30 }, (_, i) => (i === 17 ? DEADLY_PRICE : i + 1));
    const wanted = pushed.filter((price) => price !== DEADLY_PRICE);
    for (const price of pushed) await appendInbox(bus, PARTITION, { ...trade(PARTITION, price), source: 'live' });
    for (const price of wanted) await appendInbox(bus, 6, { ...trade(6, price), source: 'live' });
    const isDone = async (): Promise<boolean> => (await prices(PARTITION)).length === 29 && (await prices(6)).length === 29;
    let deaths = 0;
    for (; deaths <= MAX_DEATHS; deaths += 1) {
      const current = spawnMember({ role: 'sequencer', redisUrl: redis.url, namespace: 'inbox-poison', member: 'mortal', steps: 0 });
      member = current;
      await until(async () => current.process.signalCode !== null || (await isDone()), { what: 'a member to die or to be done' });
      if (current.process.signalCode === null) break;
    }
    expect([await prices(PARTITION), await prices(6)]).toEqual([wanted, wanted]);
    const letters = await everyEntry(bus, bus.keys.dead('ingest', PARTITION));
    expect(
      letters.map(({ fields }) => [
        String(fields.get('code')),
        (JSON.parse(String(fields.get('record'))) as string).includes(`"price":${DEADLY_PRICE}`),
      ]),
    ).toEqual([['record_deadly', true]]);
    expect(await everyEntry(bus, bus.keys.dead('ingest', 6))).toEqual([]);
    // The first death, the batch, the record twice.
    expect(deaths).toBe(4);
  });
});
