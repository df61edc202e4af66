import { describe, expect, it } from '@jest/globals';
import { createMetrics } from '@signal/kernel';
import { showLags } from './show-lags.ts';

const of = { service: 'indicator', topic: 'market' };

describe('the gauges of a lag', () => {
  it('are entries in sum and the age of the oldest', async () => {
    const metrics = createMetrics({ service: 'indicator', member: 'a' });
    showLags(metrics, of, [
      { lagEntries: 3, lagMs: 100 },
      { lagEntries: 4, lagMs: 2_500 },
    ]);
    const text = await metrics.registry.metrics();
    expect(text).toContain('signal_stream_lag_entries{service="indicator",topic="market"} 7\n');
    expect(text).toContain('signal_stream_lag_seconds{service="indicator",topic="market"} 2.5\n');
    expect(text).toContain('signal_stream_lag_unknown_partitions{service="indicator",topic="market"} 0\n');
  });

  it('say no age of a topic whose entries do not know theirs', async () => {
    const metrics = createMetrics({ service: 'archive', member: 'a' });
    showLags(metrics, of, [{ lagEntries: 3 }]);
    const text = await metrics.registry.metrics();
    expect(text).toContain('signal_stream_lag_entries{service="indicator",topic="market"} 3\n');
    expect(text).not.toMatch(/^signal_stream_lag_seconds\{/m);
  });

  it('are absent while a partition is unknown, and never 0 for it', async () => {
    const metrics = createMetrics({ service: 'indicator', member: 'a' });
    showLags(metrics, of, [{ lagEntries: 3, lagMs: 100 }]);
    showLags(metrics, of, [
      { lagEntries: 3, lagMs: 100 },
      { lagEntries: null, lagMs: null },
    ]);
    const text = await metrics.registry.metrics();
    expect(text).not.toMatch(/^signal_stream_lag_(entries|seconds)\{/m);
    expect(text).toContain('signal_stream_lag_unknown_partitions{service="indicator",topic="market"} 1\n');
    showLags(metrics, of, []);
    expect(await metrics.registry.metrics()).toContain('signal_stream_lag_entries{service="indicator",topic="market"} 0\n');
  });
});
