import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startRedis, type TestRedis, until } from '@signal/testing';
import type { Bus } from '../bus.ts';
import { appendEntry, trade } from '../fixtures/direct-log.ts';
import { openBus } from '../fixtures/open-bus.ts';
import { openSlowLink, type SlowLink } from '../fixtures/slow-link.ts';
import { createSumFold } from '../fixtures/sum-fold.ts';
import { createProcessor } from './processor.ts';
import type { Processor } from './processor-options.ts';

const PARTITION = 5;
const ENTRIES = 300;
const TRADES = 900;
/** So slow that 200 of these entries take longer than a command may. */
const BYTES_PER_SECOND = 2_000_000;
const LEASE_TTL_MS = 2_000;

describe('a processor on a link so slow that a full page misses its deadline', () => {
  let redis: TestRedis;
  let link: SlowLink;
  let near: Bus;
  let far: Bus;
  beforeAll(async () => {
    redis = await startRedis({ one: true });
    link = await openSlowLink(redis.url, BYTES_PER_SECOND);
    const open = (member: string, redisUrl: string): Promise<Bus> => openBus({ redisUrl, namespace: 'slow', member, leaseTtlMs: LEASE_TTL_MS });
    near = await open('near', redis.url);
    far = await open('far', link.url);
    const trades = Array.from({ length: TRADES }, (_, index) => trade(PARTITION, index));
    for (let n = 1; n <= ENTRIES; n += 1) await appendEntry(near, { partition: PARTITION, n }, trades);
  });
  afterAll(async () => {
    await near.close();
    await far.close();
    await link.close();
    await redis.stop();
  });

  const run = (bus: Bus, service: string): Processor =>
    createProcessor(bus, {
      service,
      info: { pid: 1, url: '' },
      version: '1',
      outputs: [],
      requiredReaders: [],
      snapshotEveryEntries: 100_000,
      snapshotEveryMs: 1_000_000,
      createFold: (_, snapshot) => ({ ...createSumFold(snapshot), apply: () => [] }),
    });
  const reaches = async (processor: Processor, bus: Bus): Promise<void> => {
    await processor.start();
    try {
      await until(() => processor.positions().get(PARTITION)?.n === ENTRIES, { withinMs: 25_000, what: `${bus.member} stands at ${ENTRIES}` });
    } finally {
      await processor.stop();
    }
  };

  it('reads on in smaller pages', async () => {
    await reaches(run(far, 'reader'), far);
    expect(await near.redis.hget(near.keys.position('reader', PARTITION), 'cursor')).toBe(`${ENTRIES}-0`);
  });

  it('restores, while its leases are renewed beside the pages', async () => {
    await reaches(run(near, 'restorer'), near);
    await reaches(run(far, 'restorer'), far);
    expect(await near.redis.hget(near.keys.lease('restorer', PARTITION), 'epoch')).toBe('2');
  });
});
