import { describe, expect, it } from '@jest/globals';
import { assignPartitions } from './assignment.ts';

const loadOf = (owners: readonly string[]): readonly number[] => [...Map.groupBy(owners, (owner) => owner).values()].map(({ length }) => length);

describe('the assignment of partitions', () => {
  it('is the same whoever computes it, in whatever order it heard the names', () => {
    expect(assignPartitions(['b', 'c', 'a'], 64)).toEqual(assignPartitions(['a', 'b', 'c'], 64));
  });

  it.each([1, 2, 3, 5, 8])('gives none of %i members more than a tenth above an even share', (count) => {
    const members = Array.from({ length: count }, (_, i) => `indicator-${i + 1}`);
    const loads = loadOf(assignPartitions(members, 64));
    expect(loads.reduce((sum, load) => sum + load, 0)).toBe(64);
    expect(Math.max(...loads)).toBeLessThanOrEqual(Math.ceil((64 / count) * 1.1));
  });

  it('leaves most partitions where they were when a member joins', () => {
    const before = assignPartitions(['a', 'b', 'c'], 64);
    const after = assignPartitions(['a', 'b', 'c', 'd'], 64);
    expect(after.filter((owner, partition) => owner !== before[partition]).length).toBeLessThan(32);
  });

  it('gives nothing to nobody', () => {
    expect(assignPartitions([], 64)).toEqual([]);
  });
});
