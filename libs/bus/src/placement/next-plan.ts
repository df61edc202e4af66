import { coverPlan } from './cover-plan.ts';
import { loadsOfMembers, unevennessOf } from './loads-of-members.ts';
import { pickSteal, type StealRequest } from './pick-steal.ts';
import type { Departure, MoveReason, PlacementPlan, RecentMove } from './placement-plan.ts';
import { planHeirs } from './plan-heirs.ts';
import { planMoves } from './plan-moves.ts';
import { weightsOf } from './weights-of.ts';

/** What the leader knows when it plans. */
export type PlanInput = Readonly<{
  previous: PlacementPlan | undefined;
  /** Live members, sorted; those that drain included. At least one. */
  live: readonly string[];
  draining: readonly string[];
  /** Moves by hand: partition → member. */
  pins: ReadonlyMap<number, string>;
  /** Busy share of each partition. */
  busy: readonly number[];
  steals: readonly StealRequest[];
  serverNowMs: number;
}>;

/** A partition that was moved stays where it is for so long, unless somebody comes or goes, or says otherwise by hand. */
export const REST_AFTER_MOVE_MS = 60_000;
/** A fleet in which nobody comes or goes is balanced at most this often. */
export const BALANCE_EVERY_MS = 10_000;
/** For so long it is remembered that a member was missed. */
export const DEPARTURE_COUNTS_MS = 60_000;
/** Who comes back more often than this was taken for dead by mistake, or keeps dying: it gets its share at the next balance, not at once. */
const RETURNS_AT_ONCE = 1;
/** Measured loads are never quite equal: a running fleet is left alone until one member has this much more than the mean. */
export const UNBALANCED = 1.2;

type Situation = PlanInput &
  Readonly<{
    /** Members that may own partitions. */
    eligible: readonly string[];
    /** Who owns what now, as every member sees it. */
    before: readonly string[];
    weights: readonly number[];
    /** Pins whose target may own partitions. */
    standing: ReadonlyMap<number, string>;
    isFixed(partition: number): boolean;
  }>;

type Outcome = Readonly<{ owners: readonly string[]; reason: MoveReason; stolenAtMs?: number; balancedAtMs?: number }>;

/** Who may own partitions: those that do not drain, or all where everybody drains. */
const eligibleOf = (live: readonly string[], draining: readonly string[]): readonly string[] => {
  const willing = live.filter((member) => !draining.includes(member));
  return willing.length > 0 ? willing : live;
};

const situationOf = (input: PlanInput): Situation => {
  const { previous, live, draining, serverNowMs } = input;
  const eligible = eligibleOf(live, draining);
  const standing = new Map([...input.pins].filter(([, member]) => eligible.includes(member)));
  const isResting = (partition: number): boolean => serverNowMs - (previous?.moved[partition]?.atMs ?? 0) < REST_AFTER_MOVE_MS;
  return {
    ...input,
    eligible,
    before: coverPlan(previous, live, input.busy.length),
    weights: weightsOf(input.busy),
    standing,
    isFixed: (partition) => standing.has(partition) || isResting(partition),
  };
};

/** Only when somebody comes who owns nothing yet are all loads evened out at once; who goes leaves its partitions to their heirs. */
const hasJoined = ({ previous, eligible }: Situation): boolean => {
  if (previous === undefined) return false;
  const known = eligibleOf(previous.members, previous.draining);
  return eligible.some((member) => !known.includes(member) && (previous.left[member]?.times ?? 0) <= RETURNS_AT_ONCE);
};

const steal = (at: Situation, owners: readonly string[]): Outcome | undefined => {
  const stolenAtMs = at.previous?.stolenAtMs ?? 0;
  const picked = pickSteal({ ...at, owners, members: at.eligible, stolenAtMs });
  return picked && { owners: owners.with(picked.partition, picked.to), reason: 'steal', stolenAtMs: at.serverNowMs };
};

const rebalance = (at: Situation, owners: readonly string[]): Outcome | undefined => {
  const { eligible, weights, previous, serverNowMs } = at;
  if (serverNowMs - (previous?.balancedAtMs ?? serverNowMs) < BALANCE_EVERY_MS) return undefined;
  const isEven = unevennessOf(loadsOfMembers(eligible, owners, weights)) <= UNBALANCED;
  if (isEven && eligible.every((member) => owners.includes(member))) return undefined;
  const resting = new Set([...owners.keys()].filter((partition) => at.isFixed(partition)));
  return { owners: planMoves({ members: eligible, owners, weights, resting }), reason: 'moved', balancedAtMs: serverNowMs };
};

const same = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((one, index) => one === b[index]);

const decide = (at: Situation): Outcome => {
  const joined = hasJoined(at);
  const owners = planMoves({ members: at.eligible, owners: at.before, weights: at.weights, pins: at.standing, balance: joined });
  if (joined) return { owners, reason: 'moved', balancedAtMs: at.serverNowMs };
  // Heirs have just taken over what somebody left: not the moment to move it on.
  if (at.previous !== undefined && !same(at.live, at.previous.members)) return { owners, reason: 'moved' };
  return steal(at, owners) ?? rebalance(at, owners) ?? { owners, reason: 'moved' };
};

const movesOf = (at: Situation, { owners, reason }: Outcome): Readonly<Record<number, RecentMove>> => {
  const moved: Record<number, RecentMove> = {};
  owners.forEach((owner, partition) => {
    const known = at.previous?.moved[partition];
    if (known !== undefined && at.serverNowMs - known.atMs < REST_AFTER_MOVE_MS) moved[partition] = known;
    const from = at.before[partition] ?? '';
    if (from === owner) return;
    const because = at.standing.has(partition) ? 'by_hand' : at.eligible.includes(from) ? reason : 'drain';
    moved[partition] = { reason: because, atMs: at.serverNowMs };
  });
  return moved;
};

const leftOf = ({ previous, live, serverNowMs }: PlanInput): Readonly<Record<string, Departure>> => {
  const recent = Object.entries(previous?.left ?? {}).filter(([, { atMs }]) => serverNowMs - atMs < DEPARTURE_COUNTS_MS);
  const left: Record<string, Departure> = Object.fromEntries(recent);
  for (const member of previous?.members ?? []) {
    if (!live.includes(member)) left[member] = { atMs: serverNowMs, times: (left[member]?.times ?? 0) + 1 };
  }
  return left;
};

const isNews = (next: PlacementPlan, previous: PlacementPlan | undefined): boolean =>
  previous === undefined ||
  !same(next.members, previous.members) ||
  !same(next.draining, previous.draining) ||
  !same(next.owners, previous.owners) ||
  JSON.stringify(next.pins) !== JSON.stringify(previous.pins);

/**
 * Returns the plan that follows from what the leader knows, or the previous one when there is nothing new: pins and drains at once, all
 * loads evened out when a member joins, a steal that was asked for, and the balance of a running fleet now and then.
 */
export function nextPlan(input: PlanInput): PlacementPlan {
  const at = situationOf(input);
  const outcome = decide(at);
  const { previous } = input;
  const plan: PlacementPlan = {
    members: at.live,
    draining: at.live.filter((member) => at.draining.includes(member)),
    owners: outcome.owners,
    heirs: planHeirs({ members: at.eligible, owners: outcome.owners, weights: at.weights }),
    pins: Object.fromEntries(at.standing),
    moved: movesOf(at, outcome),
    left: leftOf(input),
    stolenAtMs: outcome.stolenAtMs ?? previous?.stolenAtMs ?? 0,
    balancedAtMs: outcome.balancedAtMs ?? previous?.balancedAtMs ?? input.serverNowMs,
  };
  return previous !== undefined && !isNews(plan, previous) ? previous : plan;
}
