import { type Backoff, createBackoff } from '@signal/kernel';
import { performance } from 'node:perf_hooks';
import { setImmediate as yieldToOthers, setTimeout as wait } from 'node:timers/promises';
import type { Bus } from '../bus.ts';
import type { CommitResult } from '../commit/partition-commit.ts';
import { type BlockingReader, openBlockingReader } from '../redis/blocking-reader.ts';
import { createPageSize, type PageSize } from '../redis/page-size.ts';
import { needsCare } from '../poison/begin-attempt.ts';
import type { Turns } from '../poison/turns.ts';
import type { RawEntry } from '../redis/stream-replies.ts';
import { isWanted } from '../runs/owned-run.ts';
import type { RunEvents, RunLoop } from '../runs/owned-runs.ts';
import type { WorkMeter } from '../runs/work-meter.ts';
import { commitBatches, type RunBatch } from './commit-batches.ts';
import { foldBatch } from './fold-batch.ts';
import { createOlderPages, type OlderPages } from './older-pages.ts';
import type { PartitionRun, ReadyRun, RunState } from './partition-run.ts';
import { follows, idOf } from './read-log.ts';
import type { ProcessorOptions } from './processor-options.ts';
import { createWake, type Wake } from './wake.ts';

/** Which slot a loop is for, and whom it tells. */
export type SlotAt = Readonly<{
  slot: number;
  events: RunEvents<PartitionRun>;
  work: WorkMeter;
  /** Shared by all slots of the processor: partitions under suspicion are worked on one at a time. */
  turns: Turns;
}>;

const READ_ENTRIES = 200;

const IDLE_MS = 100;

/** Entries that follow a state; once the run has another state they belong to nobody. */
type Queue = Readonly<{ run: ReadyRun; state: RunState; entries: RawEntry[] }>;

/** Returns the loop of a slot, already running: it reads, folds and commits, over one blocking connection. */
export function startSlotLoop(bus: Bus, options: ProcessorOptions, at: SlotAt): RunLoop<PartitionRun> {
  return new RunningSlotLoop(bus, options, at);
}

const isWorkable = ({ run, state, entries }: Queue): boolean => entries.length > 0 && isReady(run) && run.state === state;

const isReady = (run: PartitionRun): run is ReadyRun => run.state !== undefined && isWanted(run);

class RunningSlotLoop implements RunLoop<PartitionRun> {
  readonly #bus: Bus;
  readonly #options: ProcessorOptions;
  readonly #slot: number;
  readonly #events: RunEvents<PartitionRun>;
  readonly #meter: WorkMeter;
  readonly #turns: Turns;
  readonly #runs = new Set<PartitionRun>();
  readonly #reader: BlockingReader;
  readonly #backoff: Backoff = createBackoff({ baseMs: 10, maxMs: 500 });
  readonly #page: PageSize = createPageSize(READ_ENTRIES);
  readonly #wake: Wake = createWake();
  readonly #older: OlderPages;
  readonly #ended: Promise<void>;
  #working: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(bus: Bus, options: ProcessorOptions, at: SlotAt) {
    this.#bus = bus;
    this.#options = options;
    this.#slot = at.slot;
    this.#events = at.events;
    this.#meter = at.work;
    this.#turns = at.turns;
    this.#older = createOlderPages(bus, options.readOlder);
    this.#reader = openBlockingReader(bus, `${options.service}:slot-${at.slot}`);
    this.#ended = this.#loop();
  }

  add(run: PartitionRun): void {
    this.#runs.add(run);
  }

  wake(): void {
    this.#wake.now();
    this.#reader.cutShort();
  }

  async remove(run: PartitionRun): Promise<void> {
    run.closed = true;
    this.#runs.delete(run);
    await this.#working.catch(() => undefined);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#wake.now();
    await this.#working.catch(() => undefined);
    this.#reader.close();
    await this.#ended;
  }

  async #loop(): Promise<void> {
    while (!this.#closed) {
      try {
        await this.#cycle();
      } catch (error) {
        if (this.#closed) return;
        this.#bus.log.debug({ service: this.#options.service, slot: this.#slot, error: String(error) }, 'a slot could not be read');
        await wait(this.#backoff.nextMs());
      }
    }
  }

  async #cycle(): Promise<void> {
    const ready = [...this.#runs].filter(isReady);
    // Under pressure nothing new is read; what was read is committed, and the leases are kept. Nothing is lost: it waits in the log.
    if (ready.length === 0 || this.#bus.pressure.level() !== 'calm') {
      await this.#wake.sleep(IDLE_MS);
      return;
    }
    const keys = new Map(ready.map((run) => [this.#bus.keys.topic('market', run.partition), run]));
    const cursors = new Map([...keys].map(([key, run]) => [key, idOf(run.state.n)]));
    const reply = await this.#page.read((entries) => this.#reader.read(cursors, entries));
    const queues: Queue[] = [];
    for (const [key, entries] of reply) {
      const run = keys.get(key);
      // Since the read began the run may have been lost, or restored to another position.
      if (run === undefined || !this.#runs.has(run) || !isReady(run) || cursors.get(key) !== idOf(run.state.n)) continue;
      const queue = this.#queueOf(run, entries) ?? (await this.#olderQueueOf(run, entries));
      if (queue !== undefined) queues.push(queue);
    }
    this.#working = this.#work(queues);
    await this.#working;
    this.#backoff.reset();
  }

  #queueOf(run: ReadyRun, entries: readonly RawEntry[]): Queue | undefined {
    const [first] = entries;
    if (first === undefined) return undefined;
    return follows(first, idOf(run.state.n)) ? { run, state: run.state, entries: [...entries] } : undefined;
  }

  /** What the log no longer holds is read where it is kept, before what it holds. */
  async #olderQueueOf(run: ReadyRun, [first]: readonly RawEntry[]): Promise<Queue | undefined> {
    if (first === undefined) return undefined;
    const { state } = run;
    try {
      const entries = await this.#older.before(run, first);
      if (entries !== undefined) return { run, state, entries: [...entries] };
      this.#events.failed(run, `market goes on after ${idOf(state.n)} with ${first.id}, and something between is missing`);
    } catch (error) {
      this.#events.failed(run, `market goes on after ${idOf(state.n)} with ${first.id}, and what is between cannot be read: ${String(error)}`);
    }
    return undefined;
  }

  async #work(queues: readonly Queue[]): Promise<void> {
    for (;;) {
      const batches: RunBatch[] = [];
      let worked = false;
      for (const queue of queues) {
        const isAlone = isWorkable(queue) && needsCare(queue.run);
        const batch = isAlone ? await this.#turns(() => this.#workAlone(queue)) : await this.#foldNext(queue);
        worked ||= batch !== undefined;
        if (batch !== undefined && !isAlone) batches.push(batch);
      }
      if (!worked) return;
      if (batches.length > 0) await this.#commit(batches);
      // Renewals and the other slots get their turn.
      await yieldToOthers();
    }
  }

  /** What a partition under suspicion folds is committed before another one is tried. */
  async #workAlone(queue: Queue): Promise<RunBatch | undefined> {
    const batch = await this.#foldNext(queue);
    if (batch !== undefined) await this.#commit([batch]);
    return batch;
  }

  async #foldNext(queue: Queue): Promise<RunBatch | undefined> {
    if (!isWorkable(queue)) return undefined;
    const { run, state, entries } = queue;
    const sinceMs = performance.now();
    state.inHand = true;
    try {
      const folded = await foldBatch(this.#bus, this.#options, { run, queue: entries });
      this.#meter.add(run.partition, performance.now() - sinceMs, folded.entries);
      return { run, state, folded };
    } catch (error) {
      this.#events.failed(run, `folding after ${idOf(state.n)} failed: ${String(error)}`);
      return undefined;
    }
  }

  async #commit(batches: readonly RunBatch[]): Promise<void> {
    try {
      const sinceMs = performance.now();
      const committing = commitBatches(this.#bus, this.#options.service, batches);
      // What was done before the first wait is the encoding.
      const encodingMs = performance.now() - sinceMs;
      for (const { run } of batches) this.#meter.add(run.partition, encodingMs / batches.length, 0);
      const results = await committing;
      batches.forEach((batch, index) => this.#settled(batch, results[index]));
    } catch (error) {
      // The folds have moved on and nobody knows what was written: only what is stored counts.
      for (const { run } of batches) this.#events.failed(run, `committing failed: ${String(error)}`);
    }
  }

  #settled({ run, state }: RunBatch, failure: CommitResult): void {
    if (run.state !== state) return;
    state.inHand = false;
    if (failure === undefined) this.#events.committed(run);
    else if (failure.code === 'fenced') this.#events.fenced(run);
    else this.#events.failed(run, `${failure.code}: ${failure.detail}`);
  }
}
