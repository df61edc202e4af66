import { type Bus, sequenceOf } from '@signal/bus';
import { type KillReason, killReasons } from '../worker/messages.ts';
import type { ScriptRun } from './script-run.ts';

/**
 * What was decided before: up to entry `n` every call was judged, and those in `killed` were stopped. A fold that comes back over
 * these entries takes the verdicts as they are, since a call that was slow once may be fast now, and the other way round.
 */
export type Verdicts = Readonly<{ n: number; killed: ReadonlyMap<string, KillReason> }>;

const PREFIX = 'killed|';

/** Returns the field of the hash of latest values that keeps the verdict on one call: a bar's time, or `start-<n>`. */
export function verdictField(run: ScriptRun, call: string): string {
  return `${PREFIX}${run.script}@${run.version}|${run.instrument}|${run.interval}|${call}`;
}

/** Returns the verdicts that were committed in a partition. */
export async function readVerdicts(bus: Bus, service: string, partition: number): Promise<Verdicts> {
  const cursor = await bus.redis.hget(bus.keys.position(service, partition), 'cursor');
  const latest = await bus.redis.hgetall(bus.keys.latest('scripts', partition));
  const killed = Object.entries(latest).flatMap(([field, value]) => {
    const reason = killReasons.find((known) => known === value);
    return field.startsWith(PREFIX) && reason !== undefined ? [[field, reason] as const] : [];
  });
  return { n: sequenceOf(cursor ?? '0-0'), killed: new Map(killed) };
}
