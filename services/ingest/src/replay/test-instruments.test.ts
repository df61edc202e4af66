import { describe, expect, it } from '@jest/globals';
import { murmur3 } from '@signal/contracts';
import { createWalk, sinePrice } from './test-instruments.ts';

describe('TEST:SINE', () => {
  it('is 100 + 10 sin of the second of ten minutes, in cents', () => {
    expect([0, 150, 300, 450, 50, 1_545_921_150].map(sinePrice)).toEqual([100, 110, 100, 90, 105, 110]);
  });
});

describe('TEST:WALK', () => {
  const plain = (second: number): number => {
    let net = 0;
    for (let s = second - (second % 3600) + 1; s <= second; s++) net += murmur3(String(s)) % 2 === 1 ? 1 : -1;
    return Math.round((100 + 0.05 * net) * 100) / 100;
  };

  it('begins each UTC hour at 100 and moves by five cents a second', () => {
    const walk = createWalk();
    const hour = 1_545_919_200;
    expect(walk(hour)).toBe(100);
    expect(Math.abs(walk(hour + 1) - 100)).toBeCloseTo(0.05, 9);
    expect(walk(hour + 3_600)).toBe(100);
  });

  it('counts the seconds that were jumped over, in any order of asking', () => {
    const walk = createWalk();
    const seconds = [1_545_921_000, 1_545_921_600, 1_545_919_201, 1_545_999_999, 1_545_921_000];
    expect(seconds.map((second) => walk(second))).toEqual(seconds.map(plain));
  });
});
