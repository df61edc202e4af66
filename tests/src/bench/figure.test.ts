import { describe, expect, it } from '@jest/globals';
import { createFigure, type FigureOptions, medianOf, quantileOf } from './figure.ts';
import { jsonLinesOf, tableOf } from './print-figures.ts';

const options: FigureOptions = {
  bench: 'bus',
  name: 'redis_cpu_per_committed_tick',
  unit: 'us',
  better: 'lower',
  samples: [0.31, 0.3, 0.29, 0.4, 0.3],
  rival: { name: 'redis-benchmark XADD P64', samples: [0.87, 0.8, 0.9] },
  target: 0.5,
};

describe('a figure', () => {
  it('is the median of its rounds, with its rival, ratio, target and spread', () => {
    expect(createFigure(options)).toEqual({
      bench: 'bus',
      name: 'redis_cpu_per_committed_tick',
      value: 0.3,
      unit: 'us',
      against: 'redis-benchmark XADD P64',
      againstValue: 0.87,
      ratio: 0.3448,
      target: 0.5,
      better: 'lower',
      pass: true,
      rounds: 5,
      spread: 0.3667,
    });
  });

  it('misses when the ratio is above the target, or the value where the target is absolute', () => {
    expect(createFigure({ ...options, target: 0.34 }).pass).toBe(false);
    expect(createFigure({ ...options, target: 0.29, absolute: true }).pass).toBe(false);
    expect(createFigure({ ...options, target: 0.31, absolute: true }).pass).toBe(true);
    expect(createFigure({ ...options, target: 0.35, better: 'higher' }).pass).toBe(false);
  });

  it('says why it has no rival, and is not judged by a ratio then', () => {
    expect(createFigure({ ...options, rival: { missing: 'redis-benchmark is absent' } })).toMatchObject({
      against: null,
      reason: 'redis-benchmark is absent',
      pass: null,
    });
  });

  it('is one JSON line, or a row of a table that says MISSED', () => {
    const figure = createFigure({ ...options, target: 0.1 });
    expect(
      jsonLinesOf([figure, figure])
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([figure, figure]);
    expect(tableOf([figure]).split('\n')[1]).toMatch(
      /^bus redis_cpu_per_committed_tick +0\.3 us +redis-benchmark XADD P64 +0\.87 +0\.3448 +≤ 0\.1 +MISSED +5 +37 %$/,
    );
  });
});

describe('the middle of samples', () => {
  it('is the mean of both middles of an even number', () => {
    expect(medianOf([4, 1, 3, 2])).toBe(2.5);
    expect(quantileOf([5, 1, 4, 2, 3], 0.99)).toBe(5);
    expect(quantileOf([5, 1, 4, 2, 3], 0.5)).toBe(3);
  });
});
