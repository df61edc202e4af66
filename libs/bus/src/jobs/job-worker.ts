import { withDeadline } from '@signal/kernel';
import { performance } from 'node:perf_hooks';
import type { Bus } from '../bus.ts';
import { createTicker, type Ticker } from '../ownership/ticker.ts';
import { countAll } from './count-all.ts';
import type { JobHandler } from './job.ts';
import type { JobMetrics, JobOutcome } from './job-metrics.ts';
import type { QueueSettings } from './job-options.ts';
import { createJobSlots, type JobSlots } from './job-slots.ts';
import type { JobStore, Settled, Settlement, TakenJob } from './job-store.ts';
import { type AbortReason, type JobRun, runJob } from './run-job.ts';
import { settleTaken } from './settle-taken.ts';
import { startTakeLoop, type TakeLoop } from './take-loop.ts';

/** How a process works on a queue. */
export type WorkerOptions = Readonly<{
  handle: JobHandler;
  /** Jobs at once. */
  concurrency?: number;
  /** How long a stop waits for running jobs before it aborts them and gives them back, without counting the attempt. */
  drainMs?: number;
  /** Name among the queue's workers; absent: the member's. */
  name?: string;
  /** Draws the jitter of retries. */
  random?: () => number;
}>;

/** A process's hands on a queue. */
export interface JobWorker {
  start(): void;
  /** Takes no more, waits for what runs, gives back what it did not begin or could not end. */
  stop(): Promise<void>;
  /** Jobs in hand. */
  running(): number;
}

/** What a worker is made from. */
export type WorkerParts = Readonly<{ bus: Bus; settings: QueueSettings; stores: readonly JobStore[]; metrics: JobMetrics }>;

const BEATS_PER_TIMEOUT = 3;
const LONGEST_BEAT_MS = 1_000;
const COUNT_EVERY_MS = 5_000;
const DEFAULT_DRAIN_MS = 10_000;
const DEFAULT_CONCURRENCY = 10;
/** A worker without a job is forgotten after this many visibility timeouts. */
const FORGET_AFTER_TIMEOUTS = 20;

/** Returns a worker at rest. */
export function createJobWorker(parts: WorkerParts, options: WorkerOptions): JobWorker {
  return new WorkerOfQueue(parts, options);
}

type Held = Readonly<{ run: JobRun; store: JobStore }>;

class WorkerOfQueue implements JobWorker {
  readonly #parts: WorkerParts;
  readonly #options: WorkerOptions;
  readonly #name: string;
  readonly #slots: JobSlots;
  readonly #ticker: Ticker;
  readonly #held = new Set<Held>();
  readonly #work = new Set<Promise<void>>();
  #loops: readonly TakeLoop[] = [];
  #stopping = false;
  #countAtMs = 0;

  constructor(parts: WorkerParts, options: WorkerOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#name = options.name ?? parts.bus.member;
    this.#slots = createJobSlots(options.concurrency ?? DEFAULT_CONCURRENCY);
    const everyMs = Math.min(LONGEST_BEAT_MS, parts.settings.visibilityMs / BEATS_PER_TIMEOUT);
    this.#ticker = createTicker({ everyMs, run: () => this.#tick() });
  }

  start(): void {
    void this.#ticker.start();
    this.#loops = this.#parts.stores.map((store) =>
      startTakeLoop(this.#parts.bus, {
        store,
        slots: this.#slots,
        worker: this.#name,
        visibilityMs: this.#parts.settings.visibilityMs,
        nowMs: () => performance.now(),
        begin: (job) => this.#track(this.#stopping ? this.#giveBack(store, job) : this.#begin(store, job)),
      }),
    );
  }

  running(): number {
    return this.#held.size;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#slots.close();
    await Promise.all(this.#loops.map((loop) => loop.stop()));
    await this.#drain(this.#options.drainMs ?? DEFAULT_DRAIN_MS);
    await this.#ticker.stop();
  }

  async #drain(withinMs: number): Promise<void> {
    try {
      await withDeadline(Promise.all(this.#work), withinMs, `the running jobs of ${this.#parts.settings.name}`);
    } catch (error) {
      this.#parts.bus.log.warn({ queue: this.#parts.settings.name, jobs: this.#held.size, error: String(error) }, 'running jobs are given back');
      for (const { run } of this.#held) run.abort('stopping');
      await Promise.all(this.#work);
    }
  }

  #track(work: Promise<void>): void {
    this.#work.add(work);
    void work.finally(() => this.#work.delete(work));
  }

  async #giveBack(store: JobStore, job: TakenJob): Promise<void> {
    await this.#settle(store, job, { outcome: 'back' });
    this.#slots.release(1);
  }

  async #begin(store: JobStore, job: TakenJob): Promise<void> {
    const { settings, metrics } = this.#parts;
    const { handle, random = Math.random } = this.#options;
    const run = runJob(job, { queue: settings.name, handle, random, nowMs: () => performance.now() });
    const held = { run, store };
    this.#held.add(held);
    const result = await run.result;
    const outcome = await this.#end(held, result);
    this.#held.delete(held);
    metrics.ended(outcome, (performance.now() - run.startedMs) / 1_000);
    // Whoever does not heed its signal keeps its slot, or there would be more at once than wanted.
    void run.ended.then(() => this.#slots.release(1));
  }

  async #end({ run, store }: Held, result: Settlement | AbortReason): Promise<JobOutcome> {
    if (result === 'cancelled') return 'cancelled';
    if (result === 'lost') return 'fenced';
    if (result === 'stopping') {
      await this.#settle(store, run.job, { outcome: 'back' });
      return 'given_back';
    }
    return outcomeOf(await this.#settle(store, run.job, result));
  }

  async #settle(store: JobStore, job: TakenJob, settlement: Settlement): Promise<Settled | undefined> {
    const { bus, settings } = this.#parts;
    const settled = await settleTaken(store, job, { settlement, withinMs: settings.visibilityMs });
    const about = { queue: settings.name, job: job.id, attempt: job.attempt };
    if (settled === undefined) bus.log.warn(about, 'a job could not be settled; another worker will have it');
    else if ('fenced' in settled) bus.log.warn({ ...about, why: settled.fenced }, 'the end of a job was refused');
    else if (settled.state === 'failed' && 'text' in settlement) bus.log.error({ ...about, error: settlement.text }, 'a job failed for good');
    return settled;
  }

  async #tick(): Promise<undefined> {
    const { bus, settings } = this.#parts;
    try {
      await Promise.all(this.#parts.stores.map((store) => this.#beat(store)));
      await this.#count();
    } catch (error) {
      bus.log.debug({ queue: settings.name, error: String(error) }, 'a beat for running jobs failed');
    }
    return undefined;
  }

  async #beat(store: JobStore): Promise<void> {
    const held = [...this.#held].filter((one) => one.store === store);
    if (held.length === 0) return;
    const beats = held.map(({ run }) => ({ id: run.job.id, delivery: run.job.delivery, progress: run.progress() }));
    const replies = await store.beat(this.#name, beats);
    replies.forEach((reply, index) => {
      if (reply !== '') held[index]?.run.abort(reply);
    });
  }

  async #count(): Promise<void> {
    const { settings, stores, metrics } = this.#parts;
    if (performance.now() < this.#countAtMs) return;
    this.#countAtMs = performance.now() + COUNT_EVERY_MS;
    metrics.counted(await countAll(stores, settings.visibilityMs * FORGET_AFTER_TIMEOUTS));
  }
}

const outcomeOf = (settled: Settled | undefined): JobOutcome => {
  if (settled === undefined) return 'unanswered';
  if ('fenced' in settled) return 'fenced';
  if (settled.state === 'succeeded' || settled.state === 'failed') return settled.state;
  return 'retried';
};
