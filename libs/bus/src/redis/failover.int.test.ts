import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { MarketRecord } from '@signal/contracts';
import { createLogger } from '@signal/kernel';
import { type RedisProcess, startRedisCluster, type TestCluster, until } from '@signal/testing';
import type { Bus } from '../bus.ts';
import { everyEntry, logFaults, signalFaults } from '../fixtures/check-run.ts';
import { openBus } from '../fixtures/open-bus.ts';
import { type SpawnedMember, spawnMember } from '../fixtures/spawn-member.ts';
import { setNeeded } from '../reading/needed.ts';
import { decodeEntry } from '../reading/decode-entry.ts';
import { createTail } from '../tail/tail.ts';
import { sequenceOf } from './stream-id.ts';

const SLOW_MS = 60_000;
const STEPS = 900;
const PARTITION = 3;
const LOST_ENTRIES = 30;

describe('a master that is killed with entries that its replica never got', () => {
  let cluster: TestCluster;
  let bus: Bus;
  const members: SpawnedMember[] = [];
  beforeEach(async () => {
    cluster = await startRedisCluster();
    bus = await openBus({ redisUrl: cluster.url, namespace: 'failover', member: 'test' });
    await setNeeded(bus, 'test', PARTITION, 0);
  }, SLOW_MS);
  afterEach(async () => {
    await Promise.all(members.splice(0).map((member) => member.end('SIGKILL')));
    await bus.close();
    await cluster.stop();
  });

  const spawn = (role: 'sequencer' | 'processor', member: string): SpawnedMember => {
    const spawned = spawnMember({ role, member, redisUrl: cluster.url, namespace: 'failover', steps: STEPS, everyMs: 5 });
    members.push(spawned);
    return spawned;
  };
  const market = (): string => bus.keys.topic('market', PARTITION);
  const cursorOf = async (service: string): Promise<number> =>
    sequenceOf((await bus.redis.hget(bus.keys.position(service, PARTITION), 'cursor').catch(() => null)) ?? '0-0');
  const reached = (service: string, n: number, withinMs = SLOW_MS): Promise<unknown> =>
    until(async () => (await cursorOf(service)) >= n, { what: `${service} reaches ${n}`, withinMs });

  /** Lets a master write on while its replica stands still, then kills it; the replica takes over without what it did not get. */
  const loseEntries = async (alsoKilled: readonly SpawnedMember[] = []): Promise<Readonly<{ acknowledgedN: number; killed: RedisProcess }>> => {
    const killed = await cluster.masterOf(market());
    const [replica] = await cluster.replicasOf(killed);
    replica?.pause();
    // What is on its way to a paused replica waits in its socket, and would still be taken from there.
    await killed.ask((client) => client.call('client', ['KILL', 'TYPE', 'replica']));
    const fromN = await cursorOf('ingest');
    await reached('indicator', fromN + LOST_ENTRIES);
    const acknowledgedN = await cursorOf('ingest');
    await Promise.all([killed.kill(), ...alsoKilled.map((member) => member.end('SIGKILL'))]);
    replica?.resume();
    const isMaster = async (): Promise<boolean> => (await cluster.masterOf(market())).port === replica?.port;
    await until(() => isMaster().catch(() => false), { what: 'the replica takes over', withinMs: SLOW_MS });
    return { acknowledgedN, killed };
  };

  type Gap = Extract<MarketRecord, { kind: 'gap' }>;
  const gaps = async (): Promise<readonly Gap[]> =>
    (await everyEntry(bus, market())).flatMap(({ fields }) =>
      decodeEntry('market', fields).records.filter((record): record is Gap => (record as MarketRecord).kind === 'gap'),
    );
  const faults = async (): Promise<readonly string[]> => [...(await logFaults(bus, PARTITION, STEPS)), ...(await signalFaults(bus, PARTITION))];

  it(
    'is noticed by the writer, which sends it all again; readers in the slot restore, and tails are told',
    async () => {
      await Promise.all([spawn('sequencer', 'ingest-a').ready, spawn('processor', 'indicator-a').ready]);
      const resets: string[] = [];
      const tail = createTail(bus, {
        onEntry: () => undefined,
        onReset: ({ topic, reason }) => void resets.push(`${topic} ${reason}`),
        log: createLogger({ service: 'tail', member: 'a', level: 'silent' }),
      });
      await tail.start();
      tail.add('market', PARTITION);
      tail.add('indicators', PARTITION);
      await reached('indicator', 50);
      const { acknowledgedN } = await loseEntries();
      await reached('indicator', STEPS + 1);
      expect(await faults()).toEqual([]);
      const [gap, ...others] = await gaps();
      expect([gap?.generation, gap?.reason, others]).toEqual([1, 'rolled-back', []]);
      expect(gap?.lostAfter).toBeLessThanOrEqual(acknowledgedN - LOST_ENTRIES);
      await until(() => ['market', 'indicators'].every((topic) => resets.some((reset) => reset.startsWith(topic))), { what: 'the tails are told' });
      await tail.stop();
    },
    3 * SLOW_MS,
  );

  it(
    'is taken for possible when the writer died too: the generation rises though nothing can be proven',
    async () => {
      const ingest = spawn('sequencer', 'ingest-a');
      await Promise.all([ingest.ready, spawn('processor', 'indicator-a').ready]);
      await reached('indicator', 50);
      await loseEntries([ingest]);
      spawn('sequencer', 'ingest-b');
      await reached('indicator', STEPS + 1);
      expect(await faults()).toEqual([]);
      expect(await gaps()).toMatchObject([{ generation: 1, reason: 'failover-unproven' }]);
    },
    3 * SLOW_MS,
  );

  it(
    'raises nothing where nothing was lost, also after the writer restarts later',
    async () => {
      const ingest = spawn('sequencer', 'ingest-a');
      await Promise.all([ingest.ready, spawn('processor', 'indicator-a').ready]);
      await reached('indicator', STEPS);
      const killed = await cluster.masterOf(market());
      await until(() => killed.ask((client) => client.wait(1, 500)), { what: 'the replica has it all' });
      await killed.kill();
      await until(async () => (await cluster.masterOf(market()).catch(() => killed)) !== killed, {
        what: 'the replica takes over',
        withinMs: SLOW_MS,
      });
      const key = bus.keys.position('ingest', PARTITION);
      const history = await (await cluster.masterOf(market())).ask((client) => client.info('replication'));
      const isProven = async (): Promise<boolean> => history.includes(`master_replid:${await bus.redis.hget(key, 'origin').catch(() => '-')}`);
      await until(isProven, { what: 'the writer proves the new master', withinMs: SLOW_MS });
      await ingest.end('SIGKILL');
      spawn('sequencer', 'ingest-b');
      await until(async () => (await bus.redis.hget(bus.keys.lease('ingest', PARTITION), 'member')) === 'ingest-b', { what: 'the next writer' });
      await bus.redis.publish('nothing', '');
      expect([await gaps(), await faults()]).toEqual([[], []]);
    },
    3 * SLOW_MS,
  );
});
