import { createAdmission, type AdmissionState, priorities, type Priority, TICK_MS } from '../shedding/admission.ts';

/** Requests a second at a time of the simulation. */
export type Load = (tMs: number) => number;

/** What became of the requests of one class. */
export type Outcome = { offered: number; served: number; shed: number };

/** What came of a simulated run. `served` by second, to see a recovery. */
export type Run = Readonly<{
  byClass: Readonly<Record<Priority, Outcome>>;
  servedBySecond: readonly number[];
  shedBySecond: readonly number[];
  state: () => AdmissionState;
  /** Admissions of a class in the same moment in which a higher one was refused. */
  inversions: number;
}>;

/** One worker that serves 500 a second, and a client that waits for nobody. */
export const CAPACITY_PER_S = 500;
const SERVICE_MS = 1000 / CAPACITY_PER_S;
const QUEUE_MS = 250;

/** A generator of numbers in [0, 1) that a seed determines (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

// 10 % critical, 50 % realtime, 40 % of the two lower classes.
const drawn = (random: number): Priority => (random < 0.1 ? 'critical' : random < 0.6 ? 'realtime' : random < 0.9 ? 'historical' : 'batch');

/** Runs a load against an admission in front of one simulated worker, under a clock of its own. */
export function simulate(options: Readonly<{ load: Load; forMs: number; seed: number }>): Run {
  const random = seeded(options.seed);
  let nowMs = 0;
  let freeAtMs = Infinity;
  let running: Priority | undefined;
  const deferred: (() => void)[] = [];
  const admission = createAdmission({ nowMs: () => nowMs, defer: (work) => void deferred.push(work), parallelism: 1, reserve: 0 });
  const outcome = (): Outcome => ({ offered: 0, served: 0, shed: 0 });
  const byClass = { critical: outcome(), realtime: outcome(), historical: outcome(), batch: outcome() };
  const servedBySecond: number[] = [];
  const shedBySecond: number[] = [];
  let inversions = 0;

  const shed = (priority: Priority): void => {
    byClass[priority].shed += 1;
    const second = Math.floor(nowMs / 1000);
    shedBySecond[second] = (shedBySecond[second] ?? 0) + 1;
  };
  const start = (priority: Priority): void => {
    running = priority;
    freeAtMs = nowMs + SERVICE_MS;
  };
  const finish = (): void => {
    const priority = running;
    running = undefined;
    freeAtMs = Infinity;
    if (priority === undefined) return;
    byClass[priority].served += 1;
    const second = Math.floor(nowMs / 1000);
    servedBySecond[second] = (servedBySecond[second] ?? 0) + 1;
    admission.done(priority);
  };
  const arrive = (): void => {
    const priority = drawn(random());
    byClass[priority].offered += 1;
    const refusedAbove = priorities.slice(0, priorities.indexOf(priority)).some((higher) => admission.isFull(higher));
    const isTaken = admission.offer({ priority, queueMs: QUEUE_MS, start: () => start(priority), drop: () => shed(priority) });
    if (!isTaken) shed(priority);
    else if (refusedAbove) inversions += 1;
  };

  let arrivalMs = 0;
  let tickMs = TICK_MS;
  while (nowMs < options.forMs) {
    for (const work of deferred.splice(0)) work();
    nowMs = Math.min(arrivalMs, tickMs, freeAtMs);
    if (nowMs === freeAtMs) finish();
    else if (nowMs === tickMs) {
      admission.tick({ loopDelayMs: 0, isPressureHigh: false });
      tickMs += TICK_MS;
    } else {
      arrive();
      arrivalMs = nowMs + (-Math.log(1 - random()) * 1000) / options.load(nowMs);
    }
  }
  return { byClass, servedBySecond, shedBySecond, state: () => admission.state(), inversions };
}
