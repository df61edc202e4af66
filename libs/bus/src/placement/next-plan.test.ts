import { describe, expect, it } from '@jest/globals';
import { coverPlan } from './cover-plan.ts';
import { loadsOfMembers, unevennessOf } from './loads-of-members.ts';
import { nextPlan, type PlanInput } from './next-plan.ts';
import type { PlacementPlan } from './placement-plan.ts';

const NOW_MS = 1_000_000;
const even = Array.from({ length: 16 }, () => 0.05);

const inputOf = (live: readonly string[], more: Partial<PlanInput> = {}): PlanInput => ({
  previous: undefined,
  live,
  draining: [],
  pins: new Map(),
  busy: even,
  steals: [],
  serverNowMs: NOW_MS,
  ...more,
});

const changed = (before: readonly string[], after: readonly string[]): readonly number[] => [...after.keys()].filter((p) => before[p] !== after[p]);

describe('the next plan', () => {
  const alone = nextPlan(inputOf(['a']));
  const two = nextPlan(inputOf(['a', 'b'], { previous: alone }));
  const three = nextPlan(inputOf(['a', 'b', 'c'], { previous: two }));

  it('evens out the loads when a member joins, with no more moves than that takes', () => {
    expect(changed(alone.owners, two.owners).length).toBe(8);
    expect(unevennessOf(loadsOfMembers(['a', 'b', 'c'], three.owners, even))).toBeLessThan(1.13);
    expect(changed(two.owners, three.owners).length).toBe(5);
    expect(changed(two.owners, three.owners).every((partition) => three.owners[partition] === 'c')).toBe(true);
  });

  it('moves only what the dead member had, to where everybody already looks for it', () => {
    const covered = coverPlan(three, ['a', 'c'], 16);
    const after = nextPlan(inputOf(['a', 'c'], { previous: three }));
    expect(after.owners).toEqual(covered);
    expect(changed(three.owners, after.owners)).toEqual([...three.owners.keys()].filter((partition) => three.owners[partition] === 'b'));
    expect(unevennessOf(loadsOfMembers(['a', 'c'], after.owners, even))).toBeLessThanOrEqual(1.13);
    expect(after.moved).toEqual(three.moved);
  });

  it('gives a member that comes back its share at once, and one that keeps coming back only at the next balance', () => {
    const without = nextPlan(inputOf(['a'], { previous: two }));
    const back = nextPlan(inputOf(['a', 'b'], { previous: without }));
    expect(changed(without.owners, back.owners).length).toBe(8);
    const again = nextPlan(inputOf(['a'], { previous: back, serverNowMs: NOW_MS + 1_000 }));
    const flapping = nextPlan(inputOf(['a', 'b'], { previous: again, serverNowMs: NOW_MS + 2_000 }));
    expect(changed(again.owners, flapping.owners)).toEqual([]);
    const due = nextPlan(inputOf(['a', 'b'], { previous: flapping, serverNowMs: NOW_MS + 10_000 }));
    expect(due.owners).toContain('b');
    const later = nextPlan(inputOf(['a'], { previous: due, serverNowMs: NOW_MS + 70_000 }));
    expect(later.left).toEqual({ b: { atMs: NOW_MS + 70_000, times: 1 } });
  });

  it('is the same plan when there is nothing new', () => {
    expect(nextPlan(inputOf(['a', 'b', 'c'], { previous: three, serverNowMs: NOW_MS + 120_000 }))).toBe(three);
  });

  it('puts a partition where it was put by hand, and keeps it there while its member lives', () => {
    const pinned = nextPlan(inputOf(['a', 'b'], { previous: two, pins: new Map([[3, two.owners[3] === 'a' ? 'b' : 'a']]) }));
    const to = pinned.owners[3] ?? '';
    expect(changed(two.owners, pinned.owners)).toEqual([3]);
    expect(pinned.moved[3]?.reason).toBe('by_hand');
    const joined = nextPlan(inputOf(['a', 'b', 'c'], { previous: pinned, pins: new Map([[3, to]]) }));
    expect(joined.owners[3]).toBe(to);
    const gone = nextPlan(
      inputOf(
        ['a', 'b'].filter((member) => member !== to),
        { previous: pinned, pins: new Map([[3, to]]) },
      ),
    );
    expect(gone.owners[3]).not.toBe(to);
    expect(gone.pins).toEqual({});
  });

  it('empties a member that drains, and keeps it empty', () => {
    const drained = nextPlan(inputOf(['a', 'b', 'c'], { previous: three, draining: ['b'] }));
    expect(drained.owners).not.toContain('b');
    expect(drained.draining).toEqual(['b']);
    expect(changed(three.owners, drained.owners).every((partition) => drained.moved[partition]?.reason === 'drain')).toBe(true);
    expect(drained.heirs).not.toContain('b');
    expect(nextPlan(inputOf(['a', 'b', 'c', 'd'], { previous: drained, draining: ['b'] })).owners).not.toContain('b');
  });

  it('lets the last members own everything even when all of them drain', () => {
    expect(nextPlan(inputOf(['a'], { previous: two, draining: ['a'] })).owners).toEqual(even.map(() => 'a'));
    const both = nextPlan(inputOf(['a', 'b'], { previous: two, draining: ['a', 'b'] }));
    expect(both.owners).toEqual(two.owners);
    const heated = even.map((share, partition) => (two.owners[partition] === 'a' ? 0.2 : share));
    expect(nextPlan(inputOf(['a', 'b'], { previous: both, draining: ['a', 'b'], busy: heated, serverNowMs: NOW_MS + 500 }))).toBe(both);
  });

  it('balances a running fleet only when it is uneven, at most every ten seconds, and never what moved in the last minute', () => {
    const hot = even.map((share, partition) => (two.owners[partition] === 'a' ? 0.1 : share));
    const early = inputOf(['a', 'b'], { previous: two, busy: hot, serverNowMs: NOW_MS + 5_000 });
    expect(nextPlan(early)).toBe(two);
    const due = nextPlan({ ...early, serverNowMs: NOW_MS + 10_000 });
    const moves = changed(two.owners, due.owners);
    expect(moves.length).toBeGreaterThan(0);
    expect(moves.every((partition) => due.moved[partition]?.reason === 'moved' && two.moved[partition] === undefined)).toBe(true);
    const swapped = even.map((share, partition) => (due.owners[partition] === 'b' ? 0.2 : share));
    const next = nextPlan(inputOf(['a', 'b'], { previous: due, busy: swapped, serverNowMs: NOW_MS + 20_000 }));
    expect(changed(due.owners, next.owners).filter((partition) => due.moved[partition] !== undefined)).toEqual([]);
    const slightly = even.map((share, partition) => (two.owners[partition] === 'a' ? share * 1.2 : share));
    expect(nextPlan(inputOf(['a', 'b'], { previous: two, busy: slightly, serverNowMs: NOW_MS + 90_000 }))).toBe(two);
  });

  it('grants an idle member one partition of the busiest, at most every five seconds', () => {
    const hot = even.map((_, partition) => (two.owners[partition] === 'a' ? 0.1 : 0.01));
    const old: PlacementPlan = { ...two, moved: {} };
    const asked = { steals: [{ member: 'b', busy: 0.1, atMs: NOW_MS }], busy: hot, previous: old };
    const granted = nextPlan(inputOf(['a', 'b'], asked));
    const [partition = -1, ...others] = changed(two.owners, granted.owners);
    expect(others).toEqual([]);
    expect([old.owners[partition], granted.owners[partition], granted.moved[partition]?.reason]).toEqual(['a', 'b', 'steal']);
    expect(nextPlan(inputOf(['a', 'b'], { ...asked, previous: granted, serverNowMs: NOW_MS + 4_999 }))).toBe(granted);
    expect(changed(granted.owners, nextPlan(inputOf(['a', 'b'], { ...asked, previous: granted, serverNowMs: NOW_MS + 5_000 })).owners).length).toBe(
      1,
    );
  });
});
