import { median } from './median.ts';

/** Classes of requests, the most important first. Health, admin, alerts, final bars · realtime and greeks · historical · batch. */
export const priorities = ['critical', 'realtime', 'historical', 'batch'] as const;
/** The class of a request. */
export type Priority = (typeof priorities)[number];

/** A request that wants to be served: exactly one of `start` and `drop` is called once it was taken. */
export type Job = Readonly<{
  priority: Priority;
  /** How long it may wait for its start. */
  queueMs: number;
  start: () => void;
  drop: () => void;
}>;

/** Bounds of an admission; the defaults are those of the simulations, tuned on this gateway. */
export type AdmissionOptions = Readonly<{
  nowMs: () => number;
  /** Runs work in a later turn, so that all requests of one turn compete for the next start. */
  defer: (work: () => void) => void;
  /** Requests that run at once. */
  parallelism: number;
  /** Places beside those, for critical requests alone. */
  reserve: number;
}>;

/** What operators are shown of a class. */
export type ClassState = Readonly<{ threshold: number; inFlight: number; waiting: number; admitted: number; shed: number }>;
/** What operators are shown. */
export type AdmissionState = Readonly<{ limit: number; inFlight: number; classes: Readonly<Record<Priority, ClassState>> }>;

/** Decides which requests are served when there are more than can be. */
export interface Admission {
  /** Takes a job, or answers false: it is shed. */
  offer(job: Job): boolean;
  /** Tells whether a job of this class would be shed now. */
  isFull(priority: Priority): boolean;
  /** Tells the same of a job that is then not offered, and counts it as shed. */
  refuse(priority: Priority): boolean;
  /** A started job has ended. */
  done(priority: Priority): void;
  /** To be called every 100 ms: moves the limit, and drops what has waited too long. */
  tick(now: Readonly<{ loopDelayMs: number; isPressureHigh: boolean }>): void;
  state(): AdmissionState;
}

/** How often `tick` is called. */
export const TICK_MS = 100;
const INITIAL_LIMIT = 200;
const LARGEST_LIMIT = 400;
/** When half of the requests wait longer than this part of what they may, the limit falls. */
const TARGET_PART = 0.2;
/** What most requests may wait; a delay of the event loop is compared with it. */
export const QUEUE_MS = 250;
const DECREASE = 0.9;
const CRITICAL_PART = 1.25;
const CRITICAL_EXTRA = 32;
const HISTORICAL_PART = 0.6;
const BATCH_PART = 0.4;
/** How long starts may take before requests that have come meanwhile are looked at. */
const TURN_MS = 10;
/** What is left to the lower classes while the process itself is under pressure. */
const UNDER_PRESSURE = 0.5;
/** Running requests that the two lower classes leave to the others. */
const LOWER_CLASSES_PART = 0.75;

type Waiting = Readonly<{ job: Job; sinceMs: number }>;
type Lane = { readonly queue: Waiting[]; running: number; admitted: number; shed: number };

/** Returns an admission that begins with a limit of 200. */
export function createAdmission(options: AdmissionOptions): Admission {
  return new AimdAdmission(options);
}

class AimdAdmission implements Admission {
  readonly #options: AdmissionOptions;
  readonly #lanes: Readonly<Record<Priority, Lane>>;
  #limit = INITIAL_LIMIT;
  /** Waits of this tick, each as a part of what the request may wait. */
  #waits: number[] = [];
  #mostInFlight = 0;
  #isPressureHigh = false;
  #isScheduled = false;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    const lane = (): Lane => ({ queue: [], running: 0, admitted: 0, shed: 0 });
    this.#lanes = { critical: lane(), realtime: lane(), historical: lane(), batch: lane() };
  }

  offer(job: Job): boolean {
    if (this.refuse(job.priority)) return false;
    const lane = this.#lanes[job.priority];
    lane.admitted += 1;
    lane.queue.push({ job, sinceMs: this.#options.nowMs() });
    this.#mostInFlight = Math.max(this.#mostInFlight, this.#inFlight());
    this.#schedule();
    return true;
  }

  isFull(priority: Priority): boolean {
    return this.#inFlight() >= this.#threshold(priority);
  }

  refuse(priority: Priority): boolean {
    const isFull = this.isFull(priority);
    if (isFull) this.#lanes[priority].shed += 1;
    return isFull;
  }

  done(priority: Priority): void {
    this.#lanes[priority].running -= 1;
    this.#schedule();
  }

  tick({ loopDelayMs, isPressureHigh }: Parameters<Admission['tick']>[0]): void {
    this.#isPressureHigh = isPressureHigh;
    for (const priority of priorities) this.#dropLate(this.#lanes[priority]);
    const waited = median(this.#waits) ?? this.#longestWait();
    if (Math.max(loopDelayMs / QUEUE_MS, waited) > TARGET_PART) this.#limit = Math.max(this.#options.parallelism + 2, this.#limit * DECREASE);
    // A limit that nobody comes near says nothing of what can be borne: it stays where it was learned.
    else if (this.#mostInFlight >= this.#limit / 2) this.#limit = Math.min(LARGEST_LIMIT, this.#limit + 1);
    this.#waits = [];
    this.#mostInFlight = this.#inFlight();
    this.#schedule();
  }

  state(): AdmissionState {
    const shown = (priority: Priority): ClassState => {
      const { admitted, queue, running, shed } = this.#lanes[priority];
      const threshold = Math.ceil(this.#threshold(priority));
      return { threshold, inFlight: queue.length + running, waiting: queue.length, admitted, shed };
    };
    const classes = { critical: shown('critical'), realtime: shown('realtime'), historical: shown('historical'), batch: shown('batch') };
    return { limit: Math.round(this.#limit), inFlight: this.#inFlight(), classes };
  }

  #inFlight(): number {
    let count = 0;
    for (const priority of priorities) count += this.#lanes[priority].queue.length + this.#lanes[priority].running;
    return count;
  }

  /** Falls from class to class, so that no class is admitted while a higher one is shed. */
  #threshold(priority: Priority): number {
    const lower = this.#isPressureHigh ? UNDER_PRESSURE : 1;
    switch (priority) {
      case 'critical':
        return Math.max(this.#limit * CRITICAL_PART, this.#limit + CRITICAL_EXTRA);
      case 'realtime':
        return this.#limit;
      case 'historical':
        return this.#limit * HISTORICAL_PART * lower;
      case 'batch':
        return this.#limit * BATCH_PART * lower;
    }
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#options.defer(() => {
      this.#isScheduled = false;
      const untilMs = this.#options.nowMs() + TURN_MS;
      for (const priority of priorities) this.#startFrom(priority, untilMs);
    });
  }

  #startFrom(priority: Priority, untilMs: number): void {
    const lane = this.#lanes[priority];
    while (lane.queue.length > 0 && this.#hasPlace(priority)) {
      if (this.#options.nowMs() > untilMs) return this.#schedule();
      const next = lane.queue.shift();
      if (next !== undefined) this.#startOrDrop(lane, next);
    }
  }

  #startOrDrop(lane: Lane, { job, sinceMs }: Waiting): void {
    const waitedMs = this.#options.nowMs() - sinceMs;
    this.#waits.push(waitedMs / job.queueMs);
    if (waitedMs > job.queueMs) {
      lane.shed += 1;
      job.drop();
      return;
    }
    lane.running += 1;
    job.start();
  }

  #hasPlace(priority: Priority): boolean {
    const { parallelism, reserve } = this.#options;
    const { batch, critical, historical, realtime } = this.#lanes;
    const lower = historical.running + batch.running;
    const all = lower + realtime.running + critical.running;
    if (priority === 'critical') return all < parallelism + reserve;
    if (priority === 'realtime') return all < parallelism;
    return all < parallelism && lower < Math.max(1, Math.floor(parallelism * LOWER_CLASSES_PART));
  }

  #dropLate(lane: Lane): void {
    const nowMs = this.#options.nowMs();
    const late = lane.queue.filter(({ job, sinceMs }) => nowMs - sinceMs > job.queueMs);
    if (late.length === 0) return;
    const kept = lane.queue.filter((waiting) => !late.includes(waiting));
    lane.queue.splice(0, lane.queue.length, ...kept);
    lane.shed += late.length;
    for (const { job, sinceMs } of late) {
      this.#waits.push((nowMs - sinceMs) / job.queueMs);
      job.drop();
    }
  }

  #longestWait(): number {
    const nowMs = this.#options.nowMs();
    const oldest = priorities.flatMap((priority) => this.#lanes[priority].queue[0] ?? []);
    return Math.max(0, ...oldest.map(({ job, sinceMs }) => (nowMs - sinceMs) / job.queueMs));
  }
}
