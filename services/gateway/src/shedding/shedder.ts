import { SignalError } from '@signal/contracts';
import type { Metrics, Pressure } from '@signal/kernel';
import { type AdmissionState, createAdmission, type Priority, TICK_MS } from './admission.ts';
import { queueDeadlineMs } from './class-of.ts';

/** Says that a request is done; to be called exactly once. */
export type Leave = () => void;

/** The gateway's admission with a life: a timer of its own. */
export interface Shedder {
  /** Throws `overloaded` when a request of this class has no chance now, before anything is spent on it. */
  check(priority: Priority): void;
  /** Resolves when the request may run; throws `overloaded` when it is shed. */
  enter(priority: Priority): Promise<Leave>;
  state(): AdmissionState;
  start(): void;
  close(): void;
}

/** What a shedder needs. */
export type ShedderDeps = Readonly<{ nowMs: () => number; pressure: Pressure; metrics: Pick<Metrics, 'shedTotal'>; parallelism?: number }>;

/** Requests that run at once: enough to keep eight database connections and Redis busy, few enough that the rest can be put in order. */
const PARALLELISM = 32;
const RESERVE = 8;

/** Returns a shedder; nothing is shed by it before there is more than it can take. */
export function createShedder({ metrics, nowMs, parallelism = PARALLELISM, pressure }: ShedderDeps): Shedder {
  const admission = createAdmission({ nowMs, parallelism, reserve: RESERVE, defer: (work) => void setImmediate(work) });
  let timer: NodeJS.Timeout | undefined;
  let tickedMs = 0;
  const shed = (priority: Priority): SignalError => {
    metrics.shedTotal.inc({ class: priority });
    return new SignalError('overloaded', `requests of the class ${priority} are being shed`);
  };
  const tick = (): void => {
    const now = nowMs();
    // A timer that comes late tells how long the event loop was busy with something else.
    admission.tick({ loopDelayMs: Math.max(0, now - tickedMs - TICK_MS), isPressureHigh: pressure.level() !== 'calm' });
    tickedMs = now;
  };
  return {
    check: (priority) => {
      if (admission.refuse(priority)) throw shed(priority);
    },
    enter: (priority) =>
      new Promise((resolve, reject) => {
        const isTaken = admission.offer({
          priority,
          queueMs: queueDeadlineMs(priority),
          start: () => resolve(() => admission.done(priority)),
          drop: () => reject(shed(priority)),
        });
        if (!isTaken) reject(shed(priority));
      }),
    state: () => admission.state(),
    start: () => {
      tickedMs = nowMs();
      timer = setInterval(tick, TICK_MS);
    },
    close: () => clearInterval(timer),
  };
}
