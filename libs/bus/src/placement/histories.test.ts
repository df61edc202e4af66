import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type FleetEvent, MODEL_BEAT_MS, MODEL_PARTITIONS, MODEL_TTL_MS, ModelFleet, type PlanStep } from '../fixtures/model-fleet.ts';
import { loadsOfMembers, unevennessOf } from './loads-of-members.ts';
import type { PlacementPlan } from './placement-plan.ts';
import { weightsOf } from './weights-of.ts';

const STEPS = 500;
/** From the last thing that happened until every partition has an owner: a ttl and a grace, an heir, a plan, a beat each. */
const SETTLED_AFTER = (2 * MODEL_TTL_MS) / MODEL_BEAT_MS;
/** Ten minutes: what was moved may be moved again, and the balance is looked at until there is nothing left to gain. */
const QUIET = 1_200;

const who = fc.nat(5);
const partition = fc.nat(MODEL_PARTITIONS - 1);
const event: fc.Arbitrary<FleetEvent> = fc.oneof(
  { weight: 10, arbitrary: fc.constant({ kind: 'nothing' } as const) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('join' as const), who }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('leave' as const, 'kill' as const, 'drain' as const), who }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('steal' as const), who }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('move' as const), who, partition }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('stop' as const), who, beats: fc.integer({ min: 1, max: 12 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('heat' as const), partition, busy: fc.double({ min: 0, max: 0.5, noNaN: true }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('redis down' as const), beats: fc.integer({ min: 1, max: 12 }) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'kill the leader' } as const) },
);
const histories = fc.array(event, { minLength: STEPS, maxLength: STEPS });
const runs = { numRuns: 10, endOnFailure: true };

const nothing: FleetEvent = { kind: 'nothing' };
const joining: FleetEvent = { kind: 'join', who: 0 };
const rest = (fleet: ModelFleet, steps: number): void => {
  for (let i = 0; i < steps; i += 1) fleet.step(nothing);
};
const play = (events: readonly FleetEvent[], after: (fleet: ModelFleet) => void = () => undefined): ModelFleet => {
  const fleet = new ModelFleet();
  for (const one of [joining, ...events]) {
    fleet.step(one);
    after(fleet);
  }
  return fleet;
};

const holdersOf = (fleet: ModelFleet, wanted: number): readonly string[] =>
  [...fleet.members.values()].filter(({ held }) => (held.get(wanted)?.validUntilMs ?? 0) > fleet.nowMs).map(({ name }) => name);
const everyPartition = Array.from({ length: MODEL_PARTITIONS }, (_, index) => index);

/** Weight of what went from one live member to another. */
const movedBy = ({ previous, plan, live, busy }: PlanStep): readonly number[] =>
  everyPartition
    .filter((index) => {
      const from = previous?.owners[index];
      return from !== undefined && from !== plan.owners[index] && live.includes(from);
    })
    .map((index) => weightsOf(busy)[index] ?? 0);

const eligibleOf = ({ members, draining }: PlacementPlan): readonly string[] => {
  const willing = members.filter((member) => !draining.includes(member));
  return willing.length > 0 ? willing : members;
};

const hasJoined = ({ previous, plan }: PlanStep): boolean => {
  const known = previous === undefined ? [] : eligibleOf(previous);
  return eligibleOf(plan).some((member) => !known.includes(member));
};

describe('five hundred things that happen to a fleet', () => {
  it('never give a partition two owners, nor an epoch a second one', () => {
    fc.assert(
      fc.property(histories, (events) => {
        play(events, (fleet) => {
          const doubled = everyPartition.filter(
            (index) => holdersOf(fleet, index).length > 1 || (fleet.leases.get(index)?.epoch ?? 0) !== (fleet.history.get(index)?.length ?? 0),
          );
          if (doubled.length > 0) expect(doubled).toEqual([]);
        });
      }),
      runs,
    );
  });

  it('leave no partition without an owner for long', () => {
    fc.assert(
      fc.property(histories, (events) => {
        const fleet = new ModelFleet();
        fleet.step(joining);
        events.forEach((one, index) => {
          fleet.step(one);
          if (index % 25 !== 24) return;
          fleet.step(joining);
          // Whoever was stopped, and Redis, are back by then.
          rest(fleet, 12 + SETTLED_AFTER);
          const starving = everyPartition.filter((wanted) => holdersOf(fleet, wanted)[0] !== fleet.plan?.owners[wanted]);
          expect(starving).toEqual([]);
        });
      }),
      runs,
    );
  });

  it('move no more load than evening out takes, and none of the living when somebody goes', () => {
    fc.assert(
      fc.property(histories, (events) => {
        for (const step of play(events).plans) {
          if (step.previous === undefined) continue;
          const weights = weightsOf(step.busy);
          const eligible = eligibleOf(step.plan);
          const reasons = Object.values(step.plan.moved).filter(({ atMs }) => atMs === step.atMs);
          const moved = movedBy(step);
          if (reasons.some(({ reason }) => reason === 'drain' || reason === 'by_hand')) continue;
          if (reasons.some(({ reason }) => reason === 'steal')) expect(moved.length).toBe(1);
          else if (hasJoined(step) || step.plan.balancedAtMs === step.atMs) {
            const before = loadsOfMembers(eligible, step.previous.owners, weights);
            const mean = weights.reduce((sum, weight) => sum + weight, 0) / eligible.length;
            const tooMuch = [...before.values()].reduce((sum, load) => sum + Math.max(0, load - mean), 0);
            // What is orphaned in the same moment weighs on those who take it over, and may have to go on.
            const orphaned = everyPartition
              .filter((index) => !step.live.includes(step.previous?.owners[index] ?? ''))
              .reduce((sum, index) => sum + (weights[index] ?? 0), 0);
            const budget = tooMuch + orphaned + Math.max(...weights) * eligible.length;
            expect(moved.reduce((sum, weight) => sum + weight, 0)).toBeLessThanOrEqual(budget);
          } else expect(moved).toEqual([]);
        }
      }),
      runs,
    );
  });

  it('give nothing to a member that drains while others do not', () => {
    fc.assert(
      fc.property(histories, (events) => {
        for (const step of play(events).plans) {
          const eligible = eligibleOf(step.plan);
          expect(step.plan.owners.every((owner) => eligible.includes(owner))).toBe(true);
          expect(step.plan.heirs.every((heir, index) => heir === '' || (eligible.includes(heir) && heir !== step.plan.owners[index]))).toBe(true);
        }
      }),
      runs,
    );
  });

  it('play no ping-pong: what was moved for the load rests a minute unless somebody joins, and a quiet fleet comes to rest', () => {
    fc.assert(
      fc.property(histories, (events) => {
        const fleet = play(events);
        const movedAtMs = new Map<number, number>();
        for (const step of fleet.plans) {
          if (hasJoined(step)) movedAtMs.clear();
          for (const [index, { reason, atMs }] of Object.entries(step.plan.moved)) {
            if (atMs !== step.atMs || (reason !== 'moved' && reason !== 'steal')) continue;
            const last = movedAtMs.get(Number(index));
            expect(last === undefined || atMs - last >= 60_000).toBe(true);
            movedAtMs.set(Number(index), atMs);
          }
        }
        fleet.step(joining);
        rest(fleet, QUIET);
        const settled = fleet.plan;
        rest(fleet, QUIET);
        expect(fleet.plan).toBe(settled);
      }),
      runs,
    );
  });

  it('end, when no partition is too heavy, in a fleet that is balanced', () => {
    fc.assert(
      fc.property(histories, (events) => {
        const fleet = play(events.filter(({ kind }) => kind !== 'move' && kind !== 'drain'));
        fleet.step(joining);
        for (const index of everyPartition) fleet.step({ kind: 'heat', partition: index, busy: 0.05 });
        rest(fleet, QUIET);
        const members = fleet.plan?.members ?? [];
        const weights = weightsOf(everyPartition.map(() => 0.05));
        expect(unevennessOf(loadsOfMembers(members, fleet.plan?.owners ?? [], weights))).toBeLessThanOrEqual(1.25);
      }),
      runs,
    );
  });
});
