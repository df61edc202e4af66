import type { Bus } from '../bus.ts';
import type { PartitionLoad } from '../ownership/partition-work.ts';
import { adviseReplicas } from '../scaling/advise-replicas.ts';

/** What the leader of a service knows when it looks at the whole of it. */
export type LeaderTick = Readonly<{
  service: string;
  /** Live members, sorted, those among them that drain included. */
  live: readonly string[];
  draining: readonly string[];
  loads: readonly PartitionLoad[];
  /** Epoch of the leadership: what the leader stores for others can be fenced with it. */
  epoch: number;
  serverNowMs: number;
}>;

/** Something that one member of a service does for all, about once a second. A failure is logged and ends nothing. */
export type LeaderTask = (bus: Bus, tick: LeaderTick) => Promise<void>;

/** What every service's leader does besides planning. A module that computes for a whole service adds its task here. */
export const leaderTasks: readonly LeaderTask[] = [(bus, tick) => adviseReplicas(bus, tick)];
