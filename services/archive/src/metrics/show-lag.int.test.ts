import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Bus, createBus } from '@signal/bus';
import { createLogger, createMetrics, systemClock } from '@signal/kernel';
import { startRedis, type TestRedis } from '@signal/testing';
import { holdPartition } from '../partitions/held-partition.ts';
import { createArchiveMetrics } from './archive-metrics.ts';
import { showLag } from './show-lag.ts';

let redis: TestRedis;
let bus: Bus;
beforeAll(async () => {
  redis = await startRedis();
  bus = await createBus({
    redisUrl: redis.url,
    namespace: 'show-lag',
    partitions: 16,
    member: 'archive-1',
    leaseTtlMs: 1_000,
    log: createLogger({ service: 'archive', member: 'archive-1', level: 'silent' }),
    clock: systemClock,
  });
});
afterAll(async () => {
  await bus.close();
  await redis.stop();
});

describe('the lag of the archive', () => {
  const metrics = createArchiveMetrics(createMetrics({ service: 'archive', member: 'archive-1' }));
  const held = [holdPartition({ service: 'archive', partition: 5, member: 'archive-1', nonce: 'a', epoch: 1, clean: true, valid: () => true })];
  const shown = async (): Promise<string> => {
    await showLag(bus, metrics, held);
    return metrics.common.registry.metrics();
  };

  it('counts what was never stored, and is absent, not 0, once Redis does not know', async () => {
    const bars = bus.keys.topic('bars', 5);
    for (let n = 1; n <= 4; n += 1) await bus.redis.xadd(bars, `${n}-0`, 'prev', `${n - 1}-0`);
    expect(await shown()).toContain('signal_stream_lag_entries{service="archive",topic="bars"} 4\n');
    await bus.redis.xgroup('CREATE', bars, 'archive', '1-0', 'ENTRIESREAD', 1);
    expect(await shown()).toContain('signal_stream_lag_entries{service="archive",topic="bars"} 3\n');
    await bus.redis.xdel(bars, '3-0');
    const text = await shown();
    expect(text).not.toContain('signal_stream_lag_entries{service="archive",topic="bars"}');
    expect(text).toContain('signal_stream_lag_unknown_partitions{service="archive",topic="bars"} 1\n');
  });
});
