import { performance } from 'node:perf_hooks';
import type { Bus } from '../bus.ts';
import { createLoadPublisher } from '../placement/load-publisher.ts';
import { requestSteal } from '../placement/requests.ts';
import { createBusyShare } from './busy-share.ts';
import type { Membership } from './membership.ts';
import type { PartitionWork } from './partition-work.ts';

/** How a member stands when it reports. */
export type OwnState = Readonly<{ held: readonly number[]; draining: boolean; isAlone: boolean; serverNowMs: number }>;

/** Tells others how busy this member is: in its description, per partition, and by asking for work while it is idle. */
export interface SelfReport {
  report(state: OwnState): Promise<void>;
}

/** What a report is made from. */
export type SelfReportOptions = Readonly<{
  service: string;
  membership: Membership;
  takeWork: (() => ReadonlyMap<number, PartitionWork>) | undefined;
}>;

const MEASURE_EVERY_MS = 1_000;
/** Whoever works less than this share of its time has room for more. */
const IDLE_BELOW = 0.5;
const ASK_EVERY_MS = 5_000;

/** Returns the reports of a member. */
export function createSelfReport(bus: Bus, { service, membership, takeWork }: SelfReportOptions): SelfReport {
  const loads = createLoadPublisher(bus, service, takeWork);
  const busyShare = createBusyShare();
  let busy = 0;
  let measuredMs = Number.NEGATIVE_INFINITY;
  let askedMs = performance.now();

  const measure = (nowMs: number): void => {
    if (nowMs - measuredMs < MEASURE_EVERY_MS) return;
    measuredMs = nowMs;
    busy = busyShare();
  };
  const isToAsk = ({ draining, isAlone }: OwnState, nowMs: number): boolean =>
    takeWork !== undefined && !draining && !isAlone && busy < IDLE_BELOW && nowMs - askedMs >= ASK_EVERY_MS;

  return {
    report: async (state) => {
      const nowMs = performance.now();
      measure(nowMs);
      await Promise.all([
        loads.publish(state.held, state.serverNowMs),
        membership.describe({ partitions: state.held.length, busy, draining: state.draining }),
      ]);
      if (!isToAsk(state, nowMs)) return;
      askedMs = nowMs;
      await requestSteal(bus, service, { member: bus.member, busy, atMs: state.serverNowMs });
    },
  };
}
