import type { Bus } from '../bus.ts';
import { liveMembers } from '../ownership/membership.ts';
import type { Demand, ScalingAdvice } from './scaling-inputs.ts';

/** Advice as the leader of a service stored it, with what it needs to go on from there. */
export type StoredAdvice = Readonly<{ atMs: number; advice: ScalingAdvice; history: readonly Demand[] }>;

/** Advice older than this says nothing about now. */
const STALE_AFTER_MS = 30_000;

const keyOf = (bus: Bus, service: string): string => bus.keys.global(`scaling:${service}`);

/** Stores the advice for a service, for whoever asks and for the next leader. */
export async function storeAdvice(bus: Bus, stored: StoredAdvice): Promise<void> {
  await bus.redis.set(keyOf(bus, stored.advice.service), JSON.stringify(stored));
}

/** Returns what the last leader of a service stored, however old. */
export async function readStoredAdvice(bus: Bus, service: string): Promise<StoredAdvice | undefined> {
  const text = await bus.redis.get(keyOf(bus, service));
  return text === null ? undefined : (JSON.parse(text) as StoredAdvice);
}

/** What is advised for some services, and when the newest of it was computed. */
export type AdviceOfServices = Readonly<{ atMs: number; data: readonly ScalingAdvice[] }>;

/** Returns the advice for services, in their order. */
export async function readAdviceOf(bus: Bus, services: readonly string[]): Promise<AdviceOfServices> {
  const found = await Promise.all(services.map((service) => readOne(bus, service)));
  return { atMs: Math.max(0, ...found.map(({ atMs }) => atMs)), data: found.map(({ advice }) => advice) };
}

/** Returns the advice for a service; where no leader said anything of late, that nothing is known, and to keep what runs. */
export async function readAdvice(bus: Bus, service: string): Promise<ScalingAdvice> {
  return (await readOne(bus, service)).advice;
}

const readOne = async (bus: Bus, service: string): Promise<Readonly<{ atMs: number; advice: ScalingAdvice }>> => {
  const [stored, live] = await Promise.all([readStoredAdvice(bus, service), liveMembers(bus, service)]);
  const current = live.length;
  if (stored !== undefined && bus.clock.nowMs() - stored.atMs < STALE_AFTER_MS) return stored;
  const advice: ScalingAdvice = {
    service,
    recommended: Math.max(1, current),
    current,
    reason:
      current === 0 ? 'no member lives, and at least one is needed' : 'no leader has measured this service of late, so the members that run are kept',
    bottleneck: 'none',
    inputs: { rate: null, lagEntries: null, lagMs: null, perMember: null },
    predictedCatchUpS: null,
  };
  return { atMs: stored?.atMs ?? 0, advice };
};
