import { describe, expect, it } from '@jest/globals';
import { pickSteal, type StealInput } from './pick-steal.ts';

const input: StealInput = {
  owners: ['a', 'a', 'a', 'b'],
  busy: [0.3, 0.2, 0.1, 0.1],
  members: ['a', 'b'],
  steals: [{ member: 'b', busy: 0.1, atMs: 100_000 }],
  serverNowMs: 100_000,
  stolenAtMs: 0,
  isFixed: () => false,
};

describe('a steal', () => {
  it('takes the partition that relieves the busiest member most', () => {
    expect(pickSteal(input)).toEqual({ partition: 1, to: 'b' });
  });

  it('is refused when the other would be nearly as busy as the one it takes from', () => {
    expect(pickSteal({ ...input, busy: [0.3, 0.2, 0.1, 0.45] })).toBeUndefined();
    expect(pickSteal({ ...input, owners: ['a', 'b', 'b', 'b'], busy: [0.9, 0, 0, 0] })).toBeUndefined();
  });

  it('believes the event loop of who asks more than the partitions it has', () => {
    expect(pickSteal({ ...input, steals: [{ member: 'b', busy: 0.49, atMs: 100_000 }] })).toBeUndefined();
  });

  it('leaves alone what is fixed', () => {
    expect(pickSteal({ ...input, isFixed: (partition) => partition === 1 })).toEqual({ partition: 0, to: 'b' });
    expect(pickSteal({ ...input, isFixed: () => true })).toBeUndefined();
  });

  it('comes at most every five seconds, and not for a request that is old or of a member that is gone', () => {
    expect(pickSteal({ ...input, stolenAtMs: 95_001 })).toBeUndefined();
    expect(pickSteal({ ...input, stolenAtMs: 95_000 })).toBeDefined();
    expect(pickSteal({ ...input, serverNowMs: 110_000 })).toBeUndefined();
    expect(pickSteal({ ...input, members: ['a'] })).toBeUndefined();
  });

  it('does not disturb a fleet in which nobody is busy', () => {
    expect(pickSteal({ ...input, busy: [0.09, 0.06, 0.04, 0] })).toBeUndefined();
  });
});
