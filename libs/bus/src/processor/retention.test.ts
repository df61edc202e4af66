import { describe, expect, it } from '@jest/globals';
import { createRetention } from './retention.ts';

describe('the retention', () => {
  it('keeps everything until a whole retention of market time has been seen', () => {
    const retention = createRetention(60_000);
    for (let n = 1; n < 60; n += 1) retention.note(n, 1_000_000 + n * 1_000);
    expect(retention.keepFrom()).toBe(0);
  });

  it('keeps at least the retention, and at most a sample more', () => {
    const retention = createRetention(60_000);
    for (let n = 1; n <= 500; n += 1) retention.note(n, 1_000_000 + n * 1_000);
    expect(retention.keepFrom()).toBeLessThanOrEqual(440);
    expect(retention.keepFrom()).toBeGreaterThanOrEqual(429);
  });

  it('is not moved by entries without a market time', () => {
    const retention = createRetention(60_000);
    for (let n = 1; n <= 500; n += 1) retention.note(n, 0);
    expect(retention.keepFrom()).toBe(0);
  });
});
