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

/** Returns the advice for a service; where no leader said anything of late, that nothing is known, and to keep what runs. */
export async function readAdvice(bus: Bus, service: string): Promise<ScalingAdvice> {
  const [stored, live] = await Promise.all([readStoredAdvice(bus, service), liveMembers(bus, service)]);
  const current = live.length;
  if (stored !== undefined && bus.clock.nowMs() - stored.atMs < STALE_AFTER_MS) return stored.advice;
  return {
    service,
    recommended: Math.max(1, current),
    current,
    reason:
      current === 0 ? 'no member lives, and at least one is needed' : 'no leader has measured this service of late, so the members that run are kept',
    bottleneck: 'none',
    inputs: { rate: null, lagEntries: null, lagMs: null, perMember: null },
    predictedCatchUpS: null,
  };
}
