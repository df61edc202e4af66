import { performance } from 'node:perf_hooks';
import type { Bus } from '../bus.ts';
import { leaderTasks, type LeaderTick } from './leader-tick.ts';
import type { PlanFollower } from './plan-follower.ts';
import { readLoads } from './read-loads.ts';

/** What a beat found out. */
export type LeaderView = Pick<LeaderTick, 'live' | 'draining' | 'serverNowMs'>;

/** What a member does for its whole service while it leads. */
export interface Leader {
  /** Does in the background what is due, if this member leads; never twice at once. */
  tick(view: LeaderView): void;
  /** Waits for what is under way. */
  stop(): Promise<void>;
}

/** What a leader works with. */
export type LeaderOptions = Readonly<{ service: string; follower: PlanFollower; onTick: ((tick: LeaderTick) => Promise<void>) | undefined }>;

const TASKS_EVERY_MS = 1_000;

/** Returns a member's leadership of its service, at rest while another leads. */
export function createLeader(bus: Bus, { service, follower, onTick }: LeaderOptions): Leader {
  let running: Promise<void> | undefined;
  let tasksAtMs = Number.NEGATIVE_INFINITY;

  const runTasks = async (view: LeaderView): Promise<void> => {
    if (performance.now() - tasksAtMs < TASKS_EVERY_MS) return;
    tasksAtMs = performance.now();
    const tick: LeaderTick = { ...view, service, loads: await readLoads(bus, service), epoch: follower.leads() };
    const results = await Promise.allSettled([onTick?.(tick), ...leaderTasks.map((task) => task(bus, tick))]);
    for (const result of results) {
      if (result.status === 'rejected') bus.log.warn({ service, error: String(result.reason) }, 'a task of the leader failed');
    }
  };

  const lead = async (view: LeaderView): Promise<void> => {
    try {
      await runTasks(view);
    } catch (error) {
      bus.log.warn({ service, error: String(error) }, 'the leader could not do its work');
    }
  };

  return {
    tick: (view) => {
      if (running !== undefined || follower.leads() === 0) return;
      running = lead(view).finally(() => {
        running = undefined;
      });
    },
    stop: async () => {
      await running;
    },
  };
}
