import { describe, expect, it } from '@jest/globals';
import { partitionOf } from '@signal/contracts';
import fc from 'fast-check';
import HashRing from 'hashring';
import { planMoves } from './plan-moves.ts';

const named = (count: number): string[] => Array.from({ length: count }, (_, i) => `indicator-${i + 1}`);

const loadsOf = (owners: readonly string[], weights: readonly number[], members: readonly string[]): readonly number[] =>
  members.map((member) => weights.reduce((sum, weight, partition) => (owners[partition] === member ? sum + weight : sum), 0));

const unevenness = (loads: readonly number[]): number => Math.max(...loads) / (loads.reduce((sum, load) => sum + load, 0) / loads.length);

const movedShare = (before: readonly string[], after: readonly string[], weights: readonly number[]): number =>
  weights.reduce((sum, weight, i) => (before[i] === after[i] ? sum : sum + weight), 0) / weights.reduce((sum, weight) => sum + weight, 0);

/** 5000 symbols, the k-th traded as often as `k ** -exponent` says, spread over partitions as the fleet does it. */
const SYMBOLS = 5_000;
const PARTITIONS = 256;
const zipf = (exponent: number): readonly Readonly<{ id: string; weight: number }>[] =>
  Array.from({ length: SYMBOLS }, (_, i) => ({ id: `NSE:S${i + 1}`, weight: (i + 1) ** -exponent }));
const weightsOf = (symbols: ReturnType<typeof zipf>): readonly number[] => {
  const weights = Array.from({ length: PARTITIONS }, () => 0);
  for (const { id, weight } of symbols) {
    const partition = partitionOf(id, PARTITIONS);
    weights[partition] = (weights[partition] ?? 0) + weight;
  }
  return weights;
};

const count = 24;
const inputs = fc.record({
  members: fc.integer({ min: 1, max: 6 }).map(named),
  weights: fc.array(fc.double({ min: 0.001, max: 1, noNaN: true }), { minLength: count, maxLength: count }),
  // Two of the names belong to members that are gone.
  owners: fc.array(fc.option(fc.constantFrom(...named(8)), { nil: undefined }), { minLength: count, maxLength: count }),
  pins: fc.array(fc.tuple(fc.integer({ min: 0, max: count - 1 }), fc.constantFrom(...named(8))), { maxLength: 4 }).map((pins) => new Map(pins)),
  resting: fc.array(fc.integer({ min: 0, max: count - 1 }), { maxLength: 4 }).map((resting) => new Set(resting)),
});

describe('planned moves', () => {
  it.each([
    [0.9, 0.0869],
    [1, 0.0833],
  ])('share 256 partitions of 5000 Zipf(%d) symbols evenly, and move less than an even share when a ninth member joins', (exponent, moved) => {
    const symbols = zipf(exponent);
    const weights = weightsOf(symbols);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const before = planMoves({ members: named(8), owners: weights.map(() => undefined), weights });
    const after = planMoves({ members: named(9), owners: before, weights });
    expect(unevenness(loadsOf(before, weights, named(8)))).toBeLessThan(1.005);
    // No plan can be more even than the heaviest partition alone allows.
    const floor = Math.max(...weights) / (total / 9);
    expect(unevenness(loadsOf(after, weights, named(9)))).toBeLessThanOrEqual(Math.max(1.05, floor + 1e-9));
    expect(movedShare(before, after, weights)).toBeCloseTo(moved, 4);
    // Why the plain ring by symbol is not enough.
    const ring = new HashRing(named(8));
    const bySymbol = named(8).map((member) => symbols.reduce((sum, { id, weight }) => (ring.get(id) === member ? sum + weight : sum), 0));
    expect(unevenness(bySymbol)).toBeGreaterThan(1.3);
  });

  it('give every partition to a member, and a pinned one to the member that it is pinned to', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const owners = planMoves(input);
        expect(owners.length).toBe(count);
        owners.forEach((owner, partition) => {
          expect(input.members).toContain(owner);
          const pin = input.pins.get(partition);
          if (pin !== undefined && input.members.includes(pin)) expect(owner).toBe(pin);
        });
      }),
    );
  });

  it('end balanced, or where no move from the heaviest member to the lightest helps', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const owners = planMoves(input);
        const loads = loadsOf(owners, input.weights, input.members);
        if (unevenness(loads) <= 1.05 + 1e-9) return;
        const mean = input.weights.reduce((sum, weight) => sum + weight, 0) / input.members.length;
        const [least, most] = [Math.min(...loads), Math.max(...loads)];
        const heaviest = input.members.filter((_, i) => loads[i] === most);
        const isFixed = (partition: number): boolean => input.resting.has(partition) || input.members.includes(input.pins.get(partition) ?? '');
        const helping = owners.filter(
          (owner, partition) => heaviest.includes(owner) && !isFixed(partition) && (input.weights[partition] ?? 0) + least < most - 0.0101 * mean,
        );
        // With two heaviest members one of them may hold nothing that can move.
        if (heaviest.length === 1) expect(helping).toEqual([]);
      }),
    );
  });

  it('leave a fleet as it is once it is planned', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const once = planMoves(input);
        expect(planMoves({ ...input, owners: once })).toEqual(once);
      }),
    );
  });

  it('touch only what had no owner when they are not to balance', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const owners = planMoves({ ...input, pins: new Map(), balance: false });
        input.owners.forEach((owner, partition) => {
          if (owner !== undefined && input.members.includes(owner)) expect(owners[partition]).toBe(owner);
        });
      }),
    );
  });

  it('do not pass a partition to and fro between members that would be as uneven the other way round', () => {
    const owners = ['indicator-1', 'indicator-2', 'indicator-1'];
    expect(planMoves({ members: named(2), owners, weights: [1, 0.3, 0.305], resting: new Set([1, 2]) })).toEqual(owners);
    expect(planMoves({ members: named(2), owners, weights: [1, 0.3, 0.32], resting: new Set([1, 2]) })[0]).toBe('indicator-2');
  });

  it('take nothing that rests, and still even out the others', () => {
    const weights = [4, 4, 1, 1, 1, 1];
    const owners = ['indicator-1', 'indicator-1', 'indicator-1', 'indicator-1', 'indicator-2', 'indicator-2'];
    expect(planMoves({ members: named(2), owners, weights, resting: new Set([0, 1]) })).toEqual([
      'indicator-1',
      'indicator-1',
      'indicator-2',
      'indicator-2',
      'indicator-2',
      'indicator-2',
    ]);
  });
});
