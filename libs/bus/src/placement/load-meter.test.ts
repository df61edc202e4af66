import { describe, expect, it } from '@jest/globals';
import { smoothLoad } from './load-meter.ts';

describe('the load of a partition', () => {
  it('counts as it is when there is no past', () => {
    expect(smoothLoad(undefined, { busyMs: 250, entries: 40 }, 500)).toEqual({ busy: 0.5, entriesPerS: 80 });
    expect(smoothLoad(undefined, undefined, 500)).toEqual({ busy: 0, entriesPerS: 0 });
  });

  it('follows a lasting change by two thirds in five seconds', () => {
    let load = { busy: 0.1, entriesPerS: 10 };
    for (let second = 0; second < 5; second += 1) load = smoothLoad(load, { busyMs: 700, entries: 100 }, 1_000);
    expect(load.busy).toBeCloseTo(0.1 + 0.6 * (1 - Math.exp(-1)), 6);
    expect(load.entriesPerS).toBeCloseTo(10 + 90 * (1 - Math.exp(-1)), 6);
  });

  it('is never more than one core', () => {
    expect(smoothLoad(undefined, { busyMs: 900, entries: 1 }, 500).busy).toBe(1);
  });
});
