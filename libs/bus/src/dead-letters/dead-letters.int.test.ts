import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createMetrics } from '@signal/kernel';
import { startRedis, type TestRedis } from '@signal/testing';
import fc from 'fast-check';
import type { Bus } from '../bus.ts';
import { openBus } from '../fixtures/open-bus.ts';
import { emptyRedis } from '../fixtures/whole-redis.ts';
import { DEAD_LETTERS_KEPT, type DeadLetter, encodeDeadLetter, type KeptLetter, type LetterPlace } from './dead-letter.ts';
import { createLetterDesk, type LetterDesk } from './letter-desk.ts';
import { letterName, letterPlace } from './letter-name.ts';
import { createLetterWatch } from './letter-watch.ts';

const SERVICES = ['ingest', 'indicator', 'greeks'] as const;
const trade = { kind: 'trade', instrument: 'TEST:X', tMs: 5, price: 10, size: 1, source: 'live' } as const;

let redis: TestRedis;
let bus: Bus;
let desk: LetterDesk;
let opened = 0;
beforeAll(async () => {
  redis = await startRedis();
});
beforeEach(async () => {
  opened += 1;
  bus = await openBus({ redisUrl: redis.url, namespace: `letters${opened}`, member: 'test' });
  desk = createLetterDesk(bus);
});
afterEach(() => bus.close());
afterAll(async () => {
  await redis.stop();
});

const letterOf = (change: Partial<DeadLetter> = {}): DeadLetter => ({
  topic: 'market',
  entryId: '7-0',
  index: 0,
  code: 'late',
  error: 'too late',
  attempts: 1,
  record: trade,
  ...change,
});
/** Writes a letter as a commit does, under an id of its own or the next one. */
const write = async (service: string, partition: number, at: Readonly<{ id?: string; letter?: Partial<DeadLetter> }> = {}): Promise<LetterPlace> => {
  const letter = letterOf(at.letter);
  const fields = encodeDeadLetter(letter, bus.keys.topic(letter.topic, partition));
  const id = await bus.redis.xadd(bus.keys.dead(service, partition), at.id ?? '*', ...Object.entries(fields).flat());
  return { service, partition, id: id ?? '' };
};
const kept = async (place: LetterPlace): Promise<KeptLetter> => (await desk.read(place)) as KeptLetter;
const inbox = (partition: number) => bus.redis.xrange(bus.keys.topic('inbox', partition), '-', '+');

describe('a list of dead letters', () => {
  it('has those of all services and partitions, newest first, each once, whatever the size of its pages', async () => {
    const seed = Number(process.env['SIGNAL_SEED'] ?? Date.now() % 1_000_000);
    const anyLetter = fc.record({ service: fc.constantFrom(...SERVICES), partition: fc.nat(15), ms: fc.integer({ min: 1, max: 12 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(anyLetter, { maxLength: 60 }), fc.integer({ min: 1, max: 9 }), async (letters, limit) => {
        await emptyRedis(bus);
        const places: LetterPlace[] = [];
        // Many of the same millisecond, in several streams: the order and the pages must still be exact.
        for (const { service, partition, ms } of letters.toSorted((a, b) => a.ms - b.ms))
          places.push(await write(service, partition, { id: `${ms}-*` }));
        const read: string[] = [];
        let after: LetterPlace | undefined;
        do {
          const page = await desk.list({ services: SERVICES, limit, after });
          expect(page.letters.length).toBeLessThanOrEqual(limit);
          read.push(...page.letters.map(letterName));
          after = page.next;
        } while (after !== undefined);
        const expected = places.toSorted((a, b) => {
          const [aMs = 0, aSeq = 0] = a.id.split('-').map(Number);
          const [bMs = 0, bSeq = 0] = b.id.split('-').map(Number);
          return (
            bMs - aMs ||
            bSeq - aSeq ||
            SERVICES.toSorted().indexOf(a.service as 'ingest') - SERVICES.toSorted().indexOf(b.service as 'ingest') ||
            a.partition - b.partition
          );
        });
        expect(read).toEqual(expected.map(letterName));
      }),
      { seed, numRuns: 30 },
    );
  }, 60_000);

  it('goes on where it was while newer letters come', async () => {
    for (const id of ['1-0', '2-0', '3-0']) await write('ingest', 1, { id });
    const first = await desk.list({ services: SERVICES, limit: 2 });
    await write('greeks', 2, { id: '9-0' });
    const rest = await desk.list({ services: SERVICES, limit: 2, after: first.next });
    expect([...first.letters, ...rest.letters].map(({ id }) => id)).toEqual(['3-0', '2-0', '1-0']);
    expect(rest.next).toBeUndefined();
  });

  it('that nothing matches ends, page by page, and misses nothing', async () => {
    const pipeline = bus.redis.pipeline();
    const fields = Object.entries(encodeDeadLetter(letterOf(), 'market')).flat();
    for (let n = 1; n <= 6_000; n += 1) pipeline.xadd(bus.keys.dead('ingest', 3), `${n}-0`, ...fields);
    await pipeline.exec();
    await write('indicator', 3, { id: '5-0', letter: { code: 'schema' } });
    const query = { services: SERVICES, limit: 5, matches: ({ code }: KeptLetter) => code === 'schema' };
    const empty = await desk.list(query);
    expect([empty.letters, empty.next?.id]).toEqual([[], '1001-0']);
    const found = await desk.list({ ...query, after: empty.next });
    expect(found).toMatchObject({ letters: [{ service: 'indicator', id: '5-0' }], next: undefined });
  });
});

describe('the name of a letter', () => {
  it('leads back to the letter, and no other text does', () => {
    const place = { service: 'script-runner', partition: 54, id: '1546285800000-3' };
    expect(letterPlace(letterName(place))).toEqual(place);
    const same = Buffer.from('script-runner/054/1546285800000-3').toString('base64url');
    for (const text of ['', 'dl_', 'dl_!', 'nonsense', `dl_${same}`, `${letterName(place)}=`, `dx_${letterName(place).slice(3)}`]) {
      expect([text, letterPlace(text)]).toEqual([text, undefined]);
    }
  });
});

describe('a replay', () => {
  it('puts the record into the inbox of its partition and marks the letter, once however often it is asked for', async () => {
    const letter = await kept(await write('ingest', 5));
    const asked = await Promise.allSettled(['ann', 'bob', 'cy'].map((by) => desk.replay(letter, by)));
    expect(asked.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected', 'rejected']);
    const records = await inbox(5);
    expect(records.map(([, [, , , json]]) => JSON.parse(json ?? '') as unknown)).toEqual([trade]);
    const { replayed } = (await desk.read(letter)) ?? {};
    expect(replayed).toMatchObject({ by: 'ann', inboxId: records[0]?.[0] });
    await expect(desk.replay(letter, 'ann')).rejects.toMatchObject({ code: 'letter_replayed', message: expect.stringMatching(/replayed by ann as/) });
  });

  it('takes what waited in the inbox as the record that its text is', async () => {
    const letter = await kept(
      await write('ingest', 6, { letter: { topic: 'inbox', entryId: '5-1', code: 'schema', record: JSON.stringify(trade) } }),
    );
    expect(letter.record).toEqual(trade);
    await desk.replay(letter, 'ann');
    expect(await inbox(6)).toHaveLength(1);
  });

  const refused = [
    { what: 'a record that the log has', service: 'indicator', letter: {}, code: 'letter_in_log', words: 'again in the log it would count twice' },
    { what: 'a whole entry', letter: { index: -1 }, words: 'only a single record' },
    { what: 'what is no record', letter: { record: { kind: 'trade', price: 'x' } }, words: 'does not fit the schema' },
    { what: 'a record that only feeds write', letter: { record: { kind: 'feed-end', feed: 'x', tMs: 1 } }, words: 'taken from no inbox' },
    { what: 'a record of which only the beginning was kept', letter: { record: 'x'.repeat(70_000) }, words: 'does not fit the schema' },
  ];
  it.each(refused)('of $what is refused with the reason', async ({ service = 'ingest', letter, code = 'letter_not_replayable', words }) => {
    const place = await write(service, 7, { letter });
    await expect(desk.replay(await kept(place), 'ann')).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
    expect([await inbox(7), (await desk.read(place))?.replayed]).toEqual([[], undefined]);
  });

  it('of a letter that is gone meanwhile puts nothing into the inbox', async () => {
    const letter = await kept(await write('ingest', 8));
    expect([await desk.discard(letter), await desk.discard(letter)]).toEqual([true, false]);
    await expect(desk.replay(letter, 'ann')).rejects.toMatchObject({ code: 'not_found' });
    expect([await inbox(8), await desk.read(letter)]).toEqual([[], undefined]);
  });
});

describe('the bound of dead letters', () => {
  it('counts and says what it drops, and not what was discarded', async () => {
    const metrics = createMetrics({ service: 'test', member: 'm' });
    const said: unknown[] = [];
    const log = { ...bus.log, error: (about: unknown) => said.push(about) } as unknown as Bus['log'];
    const watch = createLetterWatch({ ...bus, metrics, log }, SERVICES);
    const key = bus.keys.dead('ingest', 9);
    const fields = Object.entries(encodeDeadLetter(letterOf(), 'market')).flat();
    const add = async (count: number): Promise<void> => {
      const pipeline = bus.redis.pipeline();
      for (let n = 0; n < count; n += 1) pipeline.xadd(key, 'MAXLEN', '~', DEAD_LETTERS_KEPT, '*', ...fields);
      await pipeline.exec();
    };
    const dropped = async (): Promise<number> =>
      Number(/signal_dead_letters_dropped_total\{service="ingest"\} (\d+)/.exec(await metrics.registry.metrics())?.[1] ?? 0);
    await add(DEAD_LETTERS_KEPT);
    const [oldest] = await bus.redis.xrange(key, '-', '+', 'COUNT', 1);
    await desk.discard({ service: 'ingest', partition: 9, id: oldest?.[0] ?? '' });
    await add(1);
    await watch.check();
    expect([await dropped(), said]).toEqual([0, []]);
    await add(250);
    await watch.check();
    const lost = DEAD_LETTERS_KEPT + 250 - (await bus.redis.xlen(key));
    expect(lost).toBeGreaterThan(100);
    expect([await dropped(), said]).toEqual([lost, [{ key, dropped: lost, kept: DEAD_LETTERS_KEPT }]]);
    await watch.check();
    expect(said).toHaveLength(1);
  }, 60_000);
});
