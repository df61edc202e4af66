import { describe, expect, it } from '@jest/globals';
import { recommendReplicas, remember } from './recommend-replicas.ts';
import type { PartitionDemand, ScalingInputs } from './scaling-inputs.ts';

/** A member whose partitions, all alike, are busy for `busy` in sum and take `perS` entries a second together. */
const partitionsOf = (member: string, at: { count: number; busy: number; perS: number; lag?: number | null; from?: number }): PartitionDemand[] =>
  Array.from({ length: at.count }, (_, i) => ({
    partition: (at.from ?? 0) + i,
    member,
    busy: at.busy / at.count,
    entriesPerS: at.perS / at.count,
    lagEntries: at.lag === undefined ? 0 : at.lag === null ? null : at.lag / at.count,
  }));

const inputs = (change: Partial<ScalingInputs> = {}): ScalingInputs => ({
  service: 'indicator',
  nowMs: 1_000_000,
  current: 2,
  maxReplicas: 64,
  rate: 1_000,
  lagMs: 0,
  partitions: [...partitionsOf('a', { count: 8, busy: 0.5, perS: 500 }), ...partitionsOf('b', { count: 8, busy: 0.25, perS: 500, from: 8 })],
  history: [],
  ...change,
});

const advise = (change: Partial<ScalingInputs> = {}) => recommendReplicas(inputs(change)).advice;

describe('the scaling advice', () => {
  it('divides what arrives and what waits by what the busiest member does in a busy second, at 70 % busy', () => {
    // Member a: 500 / 0.5 = 1000 a busy second. (2000 + 6000 / 60) / 700 = 3.
    const waiting = [
      ...partitionsOf('a', { count: 8, busy: 0.5, perS: 500, lag: 6_000 }),
      ...partitionsOf('b', { count: 8, busy: 0.2, perS: 900, from: 8 }),
    ];
    expect(advise({ rate: 2_000, lagMs: 900, partitions: waiting })).toEqual({
      service: 'indicator',
      recommended: 3,
      current: 2,
      reason: '2000 entries a second arrive and 6000 wait, to be worked off in 60 s; a takes 1000 entries per busy second; at 70 % busy that is 3',
      bottleneck: 'none',
      inputs: { rate: 2_000, lagEntries: 6_000, lagMs: 900, perMember: 1_000 },
      predictedCatchUpS: 6,
    });
  });

  it('does not take a quiet hour for a slow member: the rate is per busy second', () => {
    const idle = partitionsOf('a', { count: 8, busy: 0.05, perS: 50 });
    expect(advise({ rate: 50, current: 1, partitions: idle })).toMatchObject({ recommended: 1, inputs: { perMember: 1_000 } });
  });

  it('never asks for more members than there are partitions, nor for none', () => {
    expect(advise({ rate: 1_000_000, maxReplicas: 16 }).recommended).toBe(16);
    expect(advise({ rate: 0, current: 1 }).recommended).toBe(1);
  });

  it('changes nothing for a need within a tenth of what runs', () => {
    expect(advise({ rate: 1_470, current: 2 }).recommended).toBe(2);
    expect(advise({ rate: 1_560, current: 2 }).recommended).toBe(3);
    expect(advise({ rate: 6_400, current: 10 }).recommended).toBe(10);
    expect(advise({ rate: 6_100, current: 10 }).recommended).toBe(9);
  });

  it('goes up at once, and down only when nothing above was needed for 300 s', () => {
    const up = recommendReplicas(inputs({ rate: 6_900 }));
    expect(up.advice.recommended).toBe(10);
    const soon = recommendReplicas(inputs({ rate: 1_000, current: 10, nowMs: 1_299_000, history: up.history }));
    expect(soon.advice).toMatchObject({ recommended: 10 });
    expect(soon.advice.reason).toMatch(/10 were needed in the last 300 s$/);
    const later = recommendReplicas(inputs({ rate: 1_000, current: 10, nowMs: 1_301_000, history: soon.history }));
    expect(later.advice.recommended).toBe(2);
  });

  it('remembers the greatest needs alone, in falling order', () => {
    let history = remember([], 0, 4);
    for (const [atS, needed] of [
      [10, 3],
      [20, 1],
      [30, 2],
      [40, 2],
    ] as const)
      history = remember(history, atS * 1_000, needed);
    expect(history).toEqual([
      [0, 4],
      [10_000, 3],
      [40_000, 2],
    ]);
    expect(remember(history, 305_000, 1)).toEqual([
      [10_000, 3],
      [40_000, 2],
      [305_000, 1],
    ]);
  });

  it('keeps what runs while a lag is unknown, and says so with nulls', () => {
    const unknown = partitionsOf('a', { count: 8, busy: 0.5, perS: 500, lag: null });
    const advice = advise({ partitions: unknown, lagMs: null, current: 5 });
    expect(advice).toMatchObject({ recommended: 5, predictedCatchUpS: null, inputs: { lagEntries: null, lagMs: null } });
    expect(advice.reason).toBe('the lag of a partition is unknown, so the members that run are kept');
    expect(advise({ rate: null, current: 3, history: [[900_000, 6]] }).recommended).toBe(6);
    expect(advise({ rate: null, current: 3, history: [[600_000, 6]] }).recommended).toBe(3);
    expect(advise({ rate: null, current: 5 })).toMatchObject({ recommended: 5, reason: expect.stringContaining('not measured yet') });
  });

  it('names a partition that needs most of a core, or most of its busy member', () => {
    const hot = [{ partition: 54, member: 'a', busy: 0.75, entriesPerS: 700, lagEntries: 0 }];
    expect(advise({ partitions: hot })).toMatchObject({
      bottleneck: 'hot_partition',
      reason: expect.stringContaining('partition 54 alone keeps a busy for 75 %'),
    });
    const most = [
      { partition: 7, member: 'a', busy: 0.5, entriesPerS: 500, lagEntries: 0 },
      ...partitionsOf('a', { count: 3, busy: 0.3, perS: 300, from: 10 }),
    ];
    expect(advise({ partitions: most }).bottleneck).toBe('hot_partition');
    const quiet = [
      { partition: 7, member: 'a', busy: 0.2, entriesPerS: 200, lagEntries: 0 },
      ...partitionsOf('a', { count: 3, busy: 0.1, perS: 100, from: 10 }),
    ];
    expect(advise({ partitions: quiet }).bottleneck).toBe('none');
  });

  it('does not ask for members on behalf of what waits in a partition that has a core to itself', () => {
    const saturated = [
      { partition: 7, member: 'a', busy: 1, entriesPerS: 1_000, lagEntries: 500_000 },
      ...partitionsOf('b', { count: 8, busy: 0.5, perS: 500, from: 10 }),
    ];
    expect(advise({ rate: 1_700, lagMs: 60_000, partitions: saturated })).toMatchObject({ recommended: 3, bottleneck: 'hot_partition' });
  });

  it.each([
    ['indicator', 'redis', 'Redis is what members wait for'],
    ['archive', 'database', 'members wait for the database'],
    ['script-runner', 'script_budget', 'members wait for scripts'],
    ['gateway', 'slow_clients', 'members wait for clients'],
  ] as const)('says what an idle %s with late entries waits for: %s', (service, bottleneck, words) => {
    const idle = partitionsOf('a', { count: 8, busy: 0.2, perS: 100, lag: 4_000 });
    expect(advise({ service, partitions: idle, lagMs: 20_000 })).toMatchObject({ bottleneck, reason: expect.stringContaining(words) });
  });

  it('names Redis when it is known to work most of its time, even before entries are late', () => {
    expect(advise({ redisBusy: 0.8 })).toMatchObject({ bottleneck: 'redis' });
  });

  it('does not answer entries that nobody works on with more members', () => {
    const stuck = partitionsOf('a', { count: 8, busy: 0, perS: 0, lag: 4_000 });
    expect(advise({ partitions: stuck, lagMs: 20_000 })).toMatchObject({ recommended: 2, bottleneck: 'redis', predictedCatchUpS: null });
  });
});
