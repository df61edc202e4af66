import { describe, expect, it } from '@jest/globals';
import { attributeGaps, type CarriedOut, percentile } from './attribute.ts';

const gap = (partition: number, fromMs: number, toMs: number) => ({ service: 'indicator', partition, fromMs, toMs });
const kill: CarriedOut = { kind: 'kill', service: 'indicator', member: 'indicator-1', atMs: 1_000, untilMs: 1_900, partitions: [1, 2] };

describe('a silence', () => {
  it('is its fault’s, the longest of what the victim owned', () => {
    const gaps = [gap(1, 990, 1_300), gap(2, 995, 1_350), gap(3, 1_000, 1_040), gap(1, 2_000, 2_030)];
    const { byKind, untouched } = attributeGaps({ gaps, changes: [] }, [kill]);
    expect(byKind.get('kill')).toEqual([355]);
    expect(untouched).toEqual([40, 30]);
  });

  it('is a move’s where only the owner changed', () => {
    const change = { service: 'indicator', partition: 3, atMs: 5_050, from: 'a', to: 'b' };
    expect(attributeGaps({ gaps: [gap(3, 5_000, 5_060)], changes: [change] }, [kill])).toMatchObject({ moves: [60], untouched: [] });
  });

  it('is Redis’ alone while Redis is away', () => {
    const restart: CarriedOut = { kind: 'redis', service: undefined, member: 'redis', atMs: 1_200, untilMs: 2_000, partitions: [] };
    const { byKind } = attributeGaps({ gaps: [gap(1, 990, 2_100)], changes: [] }, [kill, restart]);
    expect([byKind.get('kill'), byKind.get('redis')]).toEqual([undefined, [1_110]]);
  });

  it('is ranked by percentile', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect([percentile(hundred, 0.5), percentile(hundred, 0.95), percentile([], 0.95)]).toEqual([51, 96, 0]);
  });
});
