import { performance } from 'node:perf_hooks';
import type { Bus } from '../bus.ts';
import type { PartitionLoad } from '../ownership/partition-work.ts';
import { readLag } from '../reading/read-lag.ts';
import type { PartitionLag } from '../reading/reading-types.ts';
import { type ArrivalRate, createArrivalRate } from './arrival-rate.ts';
import { createLoadWindow, type LoadWindow, type MeanLoad } from './load-window.ts';
import { recommendReplicas } from './recommend-replicas.ts';
import { createRedisBusy } from './redis-busy.ts';
import { showRecommended } from './scaling-gauge.ts';
import type { Demand, PartitionDemand } from './scaling-inputs.ts';
import { readStoredAdvice, storeAdvice } from './stored-advice.ts';

/** What the leader of a service knows when the advice is due. */
export type AdviceTick = Readonly<{
  service: string;
  live: readonly string[];
  draining: readonly string[];
  loads: readonly PartitionLoad[];
  serverNowMs: number;
}>;

/** What a leader remembers between two looks. */
type Watch = Readonly<{ rate: ArrivalRate; loads: LoadWindow; redisBusy: () => Promise<number | undefined> }> & {
  history: readonly Demand[];
  lookedAtMs: number;
};

/** How often a leader looks, and how long it watches before it advises: earlier bars, restored states and cold code say nothing of the work. */
export type AdvicePace = Readonly<{ lookEveryMs: number; watchFirstMs: number }>;

const PACE: AdvicePace = { lookEveryMs: 5_000, watchFirstMs: 30_000 };
/** After so long without a leader what was needed before says nothing any more. */
const OLD_ADVICE_MS = 60_000;
/** Since then this process did not lead: another may have. */
const FORGOTTEN_AFTER_MS = 15_000;

const watches = new WeakMap<Bus, Map<string, Watch>>();

const demandOf = (lag: PartitionLag, load: MeanLoad | undefined): PartitionDemand => ({
  partition: lag.partition,
  member: load?.member ?? lag.owner ?? '',
  busy: load?.busy ?? 0,
  entriesPerS: load?.entriesPerS ?? 0,
  lagEntries: lag.lagEntries,
});

const oldest = (lags: readonly PartitionLag[]): number | null => {
  const ages = lags.map(({ lagMs }) => lagMs);
  return ages.includes(null) ? null : Math.max(0, ...ages.map((age) => age ?? 0));
};

/** A leader that begins goes on from what the last one stored; without that it lets nobody go before it has watched for as long as any would. */
const beginWatch = async (bus: Bus, { service, live, draining, serverNowMs }: AdviceTick, { watchFirstMs }: AdvicePace): Promise<Watch> => {
  const stored = await readStoredAdvice(bus, service);
  const isRecent = stored !== undefined && serverNowMs - stored.atMs < OLD_ADVICE_MS;
  const history: readonly Demand[] = isRecent ? stored.history : [[serverNowMs, Math.max(1, live.length - draining.length)]];
  const measures = { rate: createArrivalRate(watchFirstMs), loads: createLoadWindow(), redisBusy: createRedisBusy(bus) };
  return { ...measures, history, lookedAtMs: Number.NEGATIVE_INFINITY };
};

/** Computes, stores and shows how many members a service should have: what its leader does every five seconds. */
export async function adviseReplicas(bus: Bus, tick: AdviceTick, pace = PACE): Promise<void> {
  const own = watches.get(bus) ?? new Map<string, Watch>();
  watches.set(bus, own);
  const nowMs = performance.now();
  const known = own.get(tick.service);
  if (known !== undefined && nowMs - known.lookedAtMs < pace.lookEveryMs) return;
  const watch = known === undefined || nowMs - known.lookedAtMs > FORGOTTEN_AFTER_MS ? await beginWatch(bus, tick, pace) : known;
  watch.lookedAtMs = nowMs;
  own.set(tick.service, watch);
  const { service, live, draining, serverNowMs } = tick;
  // What a member that is gone measured last says nothing of now.
  const fresh = tick.loads.filter(({ member }) => live.includes(member));
  const loads = watch.loads.note(nowMs, fresh);
  const [lags, redisBusy] = await Promise.all([readLag(bus, service), watch.redisBusy().catch(() => undefined)]);
  const { advice, history } = recommendReplicas({
    service,
    nowMs: serverNowMs,
    current: live.length - draining.length,
    maxReplicas: bus.partitions,
    rate: watch.rate.note(nowMs, lags),
    lagMs: oldest(lags),
    partitions: lags.map((lag) => demandOf(lag, loads.get(lag.partition))),
    history: watch.history,
    redisBusy,
  });
  watch.history = history;
  await storeAdvice(bus, { atMs: bus.clock.nowMs(), advice, history });
  if (bus.metrics !== undefined) showRecommended(bus.metrics, service, advice.recommended);
}
