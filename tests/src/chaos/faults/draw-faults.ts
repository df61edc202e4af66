import { seededChoice } from '../seeded.ts';

/** Faults of a process: what `kills` counts. */
export const processFaults = ['kill', 'stop', 'term'] as const;
/** Everything that is done to a run. */
export type FaultKind = (typeof processFaults)[number] | 'add' | 'cut' | 'redis';

/**
 * One drawn fault: what, whom it shall hit if that service is well by then, how long after the one before, which member (a number to be
 * taken modulo the members there are), whether a dead member comes back under its name, and how long a stop lasts in lease ttls.
 */
export type DrawnFault = Readonly<{ kind: FaultKind; service: string; afterMs: number; member: number; sameName: boolean; stopTtls: number }>;

/** How many process faults, of which services, how far apart on average. */
export type DrawOptions = Readonly<{ kills: number; seed: number; services: readonly string[]; everyMs: number }>;

/** Redis is killed once in so many process faults, and once at least. */
const KILLS_PER_RESTART = 40;
const PERCENT_CUT = 25;
const PERCENT_ADD = 12;

const kindOf = (drawn: number): FaultKind => (drawn < 45 ? 'kill' : drawn < 65 ? 'stop' : 'term');

/** Returns faults in the order in which they come, the same for the same seed. `kills` of them are of processes. */
export function drawFaults({ kills, seed, services, everyMs }: DrawOptions): readonly DrawnFault[] {
  const draw = seededChoice(`chaos ${seed}`);
  const one = (kind: FaultKind, shareOfPause: number): DrawnFault => ({
    kind,
    service: services[draw(services.length)] ?? '',
    afterMs: Math.round((everyMs * shareOfPause * (50 + draw(100))) / 100),
    member: draw(1 << 16),
    sameName: draw(2) === 0,
    stopTtls: 1.5 + draw(150) / 100,
  });
  const restarts = Math.max(1, Math.floor(kills / KILLS_PER_RESTART));
  const restartAt = new Set(Array.from({ length: restarts }, (_, index) => Math.floor(((index + 0.5) * kills) / restarts)));
  return Array.from({ length: kills }, (_, index) => {
    const faults = [one(kindOf(draw(100)), 1)];
    if (draw(100) < PERCENT_CUT) faults.push(one('cut', 0.3));
    if (draw(100) < PERCENT_ADD) faults.push(one('add', 0.3));
    if (restartAt.has(index)) faults.push(one('redis', 0.5));
    return faults;
  }).flat();
}
