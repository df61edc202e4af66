import { describe, expect, it } from '@jest/globals';
import { assignPartitions } from '../ownership/assignment.ts';
import { coverPlan } from './cover-plan.ts';
import type { PlacementPlan } from './placement-plan.ts';

const plan: PlacementPlan = {
  members: ['a', 'b', 'c', 'd'],
  draining: ['d'],
  owners: ['a', 'b', 'c', 'a', 'b', 'c'],
  heirs: ['b', 'c', 'a', 'c', 'a', 'b'],
  pins: {},
  moved: {},
  left: {},
  stolenAtMs: 0,
  balancedAtMs: 0,
};

describe('a plan for the members that are alive', () => {
  it('names the planned owners while they live, whoever else has come', () => {
    expect(coverPlan(plan, ['a', 'b', 'c', 'd', 'e'], 6)).toEqual(plan.owners);
  });

  it('names the heir of whom is gone', () => {
    expect(coverPlan(plan, ['a', 'c', 'd'], 6)).toEqual(['a', 'c', 'c', 'a', 'a', 'c']);
  });

  it('asks the ring for what has neither owner nor heir, and leaves out there who drains', () => {
    const ring = assignPartitions(['c', 'e'], 6);
    expect(coverPlan(plan, ['c', 'd', 'e'], 6)).toEqual([ring[0], 'c', 'c', 'c', ring[4], 'c']);
    expect(coverPlan(plan, ['d'], 6)).toEqual(['d', 'd', 'd', 'd', 'd', 'd']);
  });

  it('is the ring without a plan, and nobody without members', () => {
    expect(coverPlan(undefined, ['a', 'b'], 6)).toEqual(assignPartitions(['a', 'b'], 6));
    expect(coverPlan(plan, [], 6)).toEqual([]);
  });
});
