import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { InboxRecord } from '@signal/contracts';
import { createMetrics } from '@signal/kernel';
import { startRedis, type TestRedis, until } from '@signal/testing';
import type { Bus } from '../bus.ts';
import { everyEntry, logFaults } from '../fixtures/check-run.ts';
import { trade } from '../fixtures/direct-log.ts';
import { openBus } from '../fixtures/open-bus.ts';
import { createWalk, WALK_FROM_MS } from '../fixtures/walk-sequence.ts';
import { appendInbox } from '../inbox.ts';
import { decodeEntry } from '../reading/decode-entry.ts';
import { setNeeded, showPosition } from '../reading/needed.ts';
import { readReaderStates } from '../retention/reader-states.ts';
import { readLag } from '../reading/read-lag.ts';
import { readLatest } from '../reading/read-latest.ts';
import { createSequencer } from './sequencer.ts';
import type { Sequencer, SequencerOptions } from './sequencer-options.ts';

const PARTITION = 5;

describe('the sequencer', () => {
  let redis: TestRedis;
  let bus: Bus;
  let running: Sequencer[] = [];
  let test = 0;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    bus = await openBus({ redisUrl: redis.url, namespace: `sequencer-${(test += 1)}`, member: 'a' });
  });
  afterEach(async () => {
    await Promise.all(running.map((one) => one.stop()));
    running = [];
    await bus.close();
  });

  const start = async (steps: number, change: Partial<SequencerOptions> = {}): Promise<Sequencer> => {
    const sequencer = createSequencer(bus, {
      service: 'ingest',
      info: { pid: 1, url: '' },
      version: '1',
      requiredReaders: [],
      open: async (partition, at) => createWalk(partition, at, { steps: partition === PARTITION ? steps : 0, clock: () => performance.now() }),
      ...change,
    });
    running.push(sequencer);
    await sequencer.start();
    return sequencer;
  };
  const reached = (sequencer: Sequencer, n: number): Promise<unknown> =>
    until(() => sequencer.positions().get(PARTITION)?.n === n, { what: `position ${n}` });
  const stop = async (sequencer: Sequencer): Promise<void> => {
    running = running.filter((one) => one !== sequencer);
    await sequencer.stop();
  };
  const records = async (): Promise<readonly unknown[]> =>
    (await everyEntry(bus, bus.keys.topic('market', PARTITION))).flatMap(({ fields }) => decodeEntry('market', fields).records);

  it('numbers its entries without a hole, each with its bars under the same id and the id before it', async () => {
    const sequencer = await start(50);
    await reached(sequencer, 50);
    expect(await logFaults(bus, PARTITION, 50)).toEqual([]);
    const bars = await everyEntry(bus, bus.keys.topic('bars', PARTITION));
    expect(bars.map(({ id }) => id)).toEqual(Array.from({ length: 50 }, (_, i) => `${i + 1}-0`));
    expect(sequencer.positions().get(PARTITION)).toEqual({ n: 50, tMs: WALK_FROM_MS + 50_000 });
    expect((await readLatest(bus, 'bars', PARTITION, ['TEST:P5|1s|', 'none'])).size).toBe(1);
  });

  it('goes on from control and log where its last owner stopped', async () => {
    const first = await start(30);
    await reached(first, 30);
    await stop(first);
    const second = await start(60, { snapshotEveryEntries: 10 });
    await reached(second, 60);
    expect(await logFaults(bus, PARTITION, 60)).toEqual([]);
  });

  it('puts inbox records into the log once each, in order, and shows its place in the inbox as a group', async () => {
    const first = await start(0);
    for (const price of [1, 2, 3]) await appendInbox(bus, PARTITION, { ...trade(PARTITION, price), source: 'live' });
    await until(async () => (await records()).length === 3, { what: 'three records' });
    await stop(first);
    await appendInbox(bus, PARTITION, { ...trade(PARTITION, 4), source: 'live' });
    expect((await readLag(bus, 'ingest'))[PARTITION]).toMatchObject({ lagEntries: 1, owner: null });
    await start(0);
    await until(async () => (await records()).length === 4, { what: 'the fourth record' });
    expect(await records()).toMatchObject([{ price: 1 }, { price: 2 }, { price: 3 }, { price: 4 }]);
    expect(await bus.redis.xinfo('GROUPS', bus.keys.topic('inbox', PARTITION))).toMatchObject([
      expect.arrayContaining(['ingest', 'entries-read', 4, 'lag', 0]),
    ]);
  });

  it('dead-letters what nobody can read and what nobody can sequence, and takes the rest', async () => {
    await start(0);
    await bus.redis.xadd(bus.keys.topic('inbox', PARTITION), '*', 'v', '2', 'json', '{"kind":"nonsense"}');
    for (const price of [1, Number.MAX_VALUE, 2])
      await appendInbox(bus, PARTITION, { ...trade(PARTITION, price), source: 'live' } satisfies InboxRecord);
    await until(async () => (await records()).length === 2, { what: 'the two good records' });
    expect(await records()).toMatchObject([{ price: 1 }, { price: 2 }]);
    const letters = await everyEntry(bus, bus.keys.dead('ingest', PARTITION));
    expect(letters.map(({ fields }) => [String(fields.get('code')), String(fields.get('topic'))])).toEqual([
      ['schema', bus.keys.topic('inbox', PARTITION)],
      ['schema', bus.keys.topic('inbox', PARTITION)],
    ]);
  });

  it('does not run further ahead of the slowest registered reader than it may', async () => {
    await setNeeded(bus, 'slow', PARTITION, 0);
    await showPosition(bus, 'slow', { topic: 'market', partition: PARTITION, id: '0-0', entriesRead: 0 });
    const sequencer = await start(500, { maxLagEntries: 100 });
    await reached(sequencer, 100);
    await until(() => sequencer.positions().size === 16, { what: 'all partitions' });
    expect(sequencer.positions().get(PARTITION)?.n).toBe(100);
    await showPosition(bus, 'slow', { topic: 'market', partition: PARTITION, id: '50-0', entriesRead: 50 });
    await reached(sequencer, 150);
  });

  it('is not held back by a group that nobody registered, nor by a reader that was dropped for standing still', async () => {
    await showPosition(bus, 'leftover', { topic: 'market', partition: PARTITION, id: '0-0', entriesRead: 0 });
    await showPosition(bus, 'gone', { topic: 'market', partition: PARTITION, id: '0-0', entriesRead: 0 });
    await setNeeded(bus, 'gone', PARTITION, 0);
    const sequencer = await start(500, { maxLagEntries: 100, readerBudgets: { budgetMs: 1_000, maxBacklogBytes: 2 ** 30 } });
    await reached(sequencer, 100);
    await reached(sequencer, 500);
    expect((await readReaderStates(bus)).find(({ reader, partition }) => reader === 'gone' && partition === PARTITION)).toMatchObject({ drops: 1 });
  });

  it('tells a partition that the log is held back, takes its inbox seldom, and goes on with the log when there is room', async () => {
    await setNeeded(bus, 'slow', PARTITION, 0);
    await showPosition(bus, 'slow', { topic: 'market', partition: PARTITION, id: '0-0', entriesRead: 0 });
    const told: boolean[] = [];
    const sequencer = await start(0, {
      maxLagEntries: 20,
      open: async (partition, at) => {
        const walk = createWalk(partition, at, { steps: partition === PARTITION ? 60 : 0, clock: () => performance.now() });
        const onInbox: typeof walk.onInbox = (entries, isHeldBack) => {
          told.push(isHeldBack);
          return walk.onInbox(entries, isHeldBack);
        };
        return { ...walk, onInbox };
      },
    });
    await reached(sequencer, 20);
    for (let price = 1; price <= 300; price += 1) await appendInbox(bus, PARTITION, { ...trade(PARTITION, price), source: 'live' });
    const pushed = async (): Promise<number> => (await records()).filter((one) => (one as { source?: string }).source === 'live').length;
    await until(async () => (await pushed()) === 300, { what: 'every pushed trade' });
    expect(told).not.toContain(false);
    expect(told.length).toBeLessThan(30);
    const { n } = sequencer.positions().get(PARTITION) ?? { n: 0 };
    await showPosition(bus, 'slow', { topic: 'market', partition: PARTITION, id: `${n}-0`, entriesRead: n });
    await reached(sequencer, n + 20);
  });

  it('shows the lag of its inboxes and how far the log is held back; an unknown lag is absent, never 0', async () => {
    await bus.close();
    const metrics = createMetrics({ service: 'ingest', member: 'a' });
    bus = await openBus({ redisUrl: redis.url, namespace: `sequencer-${(test += 1)}`, member: 'a', metrics });
    const shown = async (text: string): Promise<boolean> => (await metrics.registry.metrics()).includes(text);
    await setNeeded(bus, 'slow', PARTITION, 0);
    await showPosition(bus, 'slow', { topic: 'market', partition: PARTITION, id: '0-0', entriesRead: 0 });
    await start(200, { maxLagEntries: 40 });
    await until(() => shown('signal_stream_lag_entries{service="ingest",topic="inbox"} 0'), { what: 'a lag of 0' });
    await until(() => shown('signal_back_pressure_utilisation{topic="market"} 1'), { what: 'a log held back' });
    expect(await shown('signal_stream_lag_seconds{service="ingest",topic="inbox"} 0')).toBe(true);
    // An inbox behind what was taken from it: rolled back.
    await appendInbox(bus, PARTITION, { ...trade(PARTITION, 1), source: 'live' });
    await until(async () => (await bus.redis.hget(bus.keys.position('ingest', PARTITION), 'inbox')) !== null, { what: 'the record to be taken' });
    await bus.redis.del(bus.keys.topic('inbox', PARTITION));
    await until(() => shown('signal_stream_lag_unknown_partitions{service="ingest",topic="inbox"} 1'), { what: 'an unknown lag' });
    expect(await shown('signal_stream_lag_entries{service="ingest",topic="inbox"}')).toBe(false);
  });

  it('commits what it has when a partition takes long, instead of keeping the process from everything else', async () => {
    let handed = 0;
    let handedAtFirstCommit = 0;
    const sequencer = await start(60, {
      open: async (partition, at) => {
        const walk = createWalk(partition, at, { steps: partition === PARTITION ? 60 : 0, clock: () => performance.now() });
        const due = (limit: number) => {
          const entries = walk.due(limit);
          const untilMs = performance.now() + 10 * entries.length;
          while (performance.now() < untilMs);
          handed += entries.length;
          return entries;
        };
        const committed = (): void => {
          handedAtFirstCommit ||= handed;
        };
        return { ...walk, due, committed };
      },
    });
    await reached(sequencer, 60);
    expect(handedAtFirstCommit).toBeLessThan(20);
  });

  it('trims the log to what readers need, and not at all while a required one is missing', async () => {
    const firstN = async (): Promise<number> =>
      Number.parseInt((await bus.redis.xrange(bus.keys.topic('market', PARTITION), '-', '+', 'COUNT', 1))[0]?.[0] ?? '0', 10);
    const paced = (at: { everyMs: number }): Partial<SequencerOptions> => ({
      requiredReaders: ['indicator'],
      snapshotEveryEntries: 100,
      open: async (partition, opened) =>
        createWalk(partition, opened, { steps: partition === PARTITION ? 100_000 : 0, clock: () => performance.now(), ...at }),
    });
    const sequencer = await start(0, paced({ everyMs: 2 }));
    await until(() => (sequencer.positions().get(PARTITION)?.n ?? 0) > 1_300, { what: 'more than two seconds of entries' });
    expect(await firstN()).toBe(1);
    await setNeeded(bus, 'indicator', PARTITION, 450);
    await until(async () => (await firstN()) > 1, { what: 'the trim' });
    expect(await firstN()).toBeLessThanOrEqual(450);
  });

  it('raises the generation and writes a gap record when Redis came back without what it had acknowledged', async () => {
    const sequencer = await start(40);
    await reached(sequencer, 40);
    // What a failover to a replica that lagged leaves: the slot as it was at entry 30.
    await bus.redis.del(bus.keys.topic('bars', PARTITION), bus.keys.snapshot('ingest', PARTITION));
    await bus.redis.hset(bus.keys.position('ingest', PARTITION), { cursor: '30-0', control: '{"step":30,"pushed":0}' });
    const kept = (await everyEntry(bus, bus.keys.topic('market', PARTITION))).slice(0, 30);
    await bus.redis.del(bus.keys.topic('market', PARTITION));
    for (const { id, fields } of kept) await bus.redis.xadd(bus.keys.topic('market', PARTITION), id, ...[...fields].flat());
    await appendInbox(bus, PARTITION, { ...trade(PARTITION, 7), source: 'live' });
    await reached(sequencer, 42);
    expect(await bus.redis.get(bus.keys.generation(PARTITION))).toBe('1');
    const after = (await everyEntry(bus, bus.keys.topic('market', PARTITION)))
      .slice(30)
      .map(({ id, fields }) => [id, decodeEntry('market', fields).records[0]]);
    expect(after[0]).toEqual(['31-0', { kind: 'gap', generation: 1, lostAfter: 30, reason: 'rolled-back' }]);
    expect(after.length).toBe(12);
  });

  it('says why a partition cannot be opened', async () => {
    const sequencer = await start(10);
    await reached(sequencer, 10);
    await stop(sequencer);
    await bus.redis.xtrim(bus.keys.topic('market', PARTITION), 'MAXLEN', 5);
    // Stopping stored one, and from there nothing would be missing.
    await bus.redis.del(bus.keys.snapshot('ingest', PARTITION));
    const next = await start(20);
    await until(() => next.unhealthy(), { what: 'the missing entries to be noticed' });
    expect(next.unhealthy()).toContain('whose prev is 5-0');
  });
});
