import { loadsOfMembers } from './loads-of-members.ts';

/** An idle member asks for work. `busy` is the share of time its event loop worked, 0 to 1. */
export type StealRequest = Readonly<{ member: string; busy: number; atMs: number }>;

/** What a steal is judged by. */
export type StealInput = Readonly<{
  owners: readonly string[];
  /** Busy share of each partition. */
  busy: readonly number[];
  /** Members that may own partitions. */
  members: readonly string[];
  steals: readonly StealRequest[];
  serverNowMs: number;
  stolenAtMs: number;
  /** True for partitions that stay where they are: pinned, or moved a short while ago. */
  isFixed(partition: number): boolean;
}>;

/** A service grants at most one steal in this time. */
export const STEAL_EVERY_MS = 5_000;
/** A request older than this says nothing of now. */
const REQUEST_HOLDS_MS = 10_000;
/** The partition must come to a member that, with it, is busy at least this factor less than the one it leaves: else the move costs more than it gives. */
export const STEAL_GAIN = 1.2;
/** Who works less than this share of its time needs no relief. */
const RELIEF_FROM = 0.2;

/** Returns the partition that an idle member is to take from the busiest, or `undefined` when none is worth its move. */
export function pickSteal(input: StealInput): Readonly<{ partition: number; to: string }> | undefined {
  const { owners, busy, members, steals, serverNowMs } = input;
  if (serverNowMs - input.stolenAtMs < STEAL_EVERY_MS) return undefined;
  const [asking] = steals
    .filter(({ member, atMs }) => members.includes(member) && serverNowMs - atMs < REQUEST_HOLDS_MS)
    .toSorted((a, b) => a.busy - b.busy || (a.member < b.member ? -1 : 1));
  if (asking === undefined) return undefined;
  const loads = loadsOfMembers(members, owners, busy);
  const [victim, load] = [...loads].reduce((a, b) => (b[1] > a[1] ? b : a));
  if (victim === asking.member || load < RELIEF_FROM) return undefined;
  // What the event loop says counts besides what the partitions say: a member may be busy with other things.
  const own = Math.max(asking.busy, loads.get(asking.member) ?? 0);
  let best: Readonly<{ partition: number; after: number; thief: number }> | undefined;
  owners.forEach((owner, partition) => {
    if (owner !== victim || input.isFixed(partition)) return;
    const weight = busy[partition] ?? 0;
    const after = Math.max(load - weight, own + weight);
    if (best === undefined || after < best.after) best = { partition, after, thief: own + weight };
  });
  return best !== undefined && load >= STEAL_GAIN * best.thief ? { partition: best.partition, to: asking.member } : undefined;
}
