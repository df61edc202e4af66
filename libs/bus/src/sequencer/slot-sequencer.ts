import { performance } from 'node:perf_hooks';
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { Bus } from '../bus.ts';
import type { CommitResult } from '../commit/partition-commit.ts';
import { settleCommits } from '../commit/settle-commits.ts';
import { createWake, type Wake } from '../processor/wake.ts';
import type { Turns } from '../poison/turns.ts';
import { isWanted } from '../runs/owned-run.ts';
import type { RunEvents, RunLoop } from '../runs/owned-runs.ts';
import type { WorkMeter } from '../runs/work-meter.ts';
import { type InboxReader, startInboxReader } from './inbox-reader.ts';
import { needsInboxCare } from './inbox-care.ts';
import { askNextSteps } from './next-steps.ts';
import { advance, commitOf, type SequenceBatch, takeBatch } from './sequence-batch.ts';
import type { OpenRun, SequenceRun } from './sequence-run.ts';

/** Which slot a loop is for, and whom it tells. `written` comes before the run's `committed`. */
export type SequencerSlotAt = Readonly<{
  service: string;
  slot: number;
  events: RunEvents<SequenceRun>;
  work: WorkMeter;
  /** Shared by all slots: partitions under suspicion are worked on one at a time. */
  turns: Turns;
  written(batch: SequenceBatch): void;
  /** Readers leave no room. */
  heldBack(run: OpenRun): void;
}>;

const IDLE_MS = 100;
const HELD_BACK_MS = 10;

/** Returns the sequencer of a slot, already running: it asks, commits and asks again. */
export function startSlotSequencer(bus: Bus, at: SequencerSlotAt): RunLoop<SequenceRun> {
  return new RunningSlotSequencer(bus, at);
}

const isOpen = (run: SequenceRun): run is OpenRun => run.state !== undefined && isWanted(run);

class RunningSlotSequencer implements RunLoop<SequenceRun> {
  readonly #bus: Bus;
  readonly #at: SequencerSlotAt;
  readonly #events: RunEvents<SequenceRun>;
  readonly #runs = new Set<SequenceRun>();
  readonly #wake: Wake = createWake();
  readonly #inbox: InboxReader;
  readonly #ended: Promise<void>;
  #working: Promise<boolean> = Promise.resolve(false);
  #closed = false;

  constructor(bus: Bus, at: SequencerSlotAt) {
    this.#bus = bus;
    this.#at = at;
    this.#events = at.events;
    this.#inbox = startInboxReader(bus, { name: `${at.service}:inbox-${at.slot}`, runs: this.#runs, arrived: () => this.#wake.now() });
    this.#ended = this.#loop();
  }

  add(run: SequenceRun): void {
    this.#runs.add(run);
  }

  wake(): void {
    this.#wake.now();
    this.#inbox.wake();
  }

  async remove(run: SequenceRun): Promise<void> {
    run.closed = true;
    this.#runs.delete(run);
    await this.#working;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#wake.now();
    await this.#ended;
    await this.#inbox.close();
  }

  async #loop(): Promise<void> {
    while (!this.#closed) {
      this.#working = this.#work();
      if (await this.#working) await yieldToOthers();
      else await this.#wake.sleep(this.#sleepMs());
    }
  }

  #sleepMs(): number {
    const waits = [...this.#runs].filter(isOpen).map(({ state }) => state.sequenced.nextDueInMs() ?? IDLE_MS);
    // Due now and yet nothing came: readers are behind.
    if (waits.some((ms) => ms <= 0)) return HELD_BACK_MS;
    return Math.max(1, Math.min(IDLE_MS, ...waits));
  }

  /** Returns whether anything was committed. */
  async #work(): Promise<boolean> {
    const batches: SequenceBatch[] = [];
    let worked = false;
    for (const run of [...this.#runs].filter(isOpen)) {
      const isAlone = needsInboxCare(run);
      const batch = isAlone ? await this.#at.turns(() => this.#workAlone(run)) : await this.#nextOf(run);
      worked ||= batch !== undefined;
      if (batch !== undefined && !isAlone) batches.push(batch);
    }
    if (batches.length > 0) await this.#commit(batches);
    return worked;
  }

  /** What a partition under suspicion makes is committed before another one is tried. */
  async #workAlone(run: OpenRun): Promise<SequenceBatch | undefined> {
    const batch = isOpen(run) ? await this.#nextOf(run) : undefined;
    if (batch !== undefined) await this.#commit([batch]);
    return batch;
  }

  async #commit(batches: readonly SequenceBatch[]): Promise<void> {
    try {
      const sinceMs = performance.now();
      const committing = this.#write(batches);
      // What was done before the first wait is the encoding.
      const encodingMs = performance.now() - sinceMs;
      for (const { run } of batches) this.#at.work.add(run.partition, encodingMs / batches.length, 0);
      const results = await committing;
      batches.forEach((one, index) => this.#settled(one, results[index]));
    } catch (error) {
      for (const { run } of batches) this.#events.failed(run, `committing failed: ${String(error)}`);
    }
  }

  /** What replicas should confirm and do not is in the log all the same, and its readers have it: it is said, and the writer goes on. */
  async #write(batches: readonly SequenceBatch[]): Promise<readonly CommitResult[]> {
    const [first] = batches;
    const key = this.#bus.keys.position(this.#at.service, first?.run.partition ?? 0);
    const { result } = await this.#bus.replicas.write(key, () => settleCommits(this.#bus, batches.map(commitOf)));
    return result;
  }

  async #nextOf(run: OpenRun): Promise<SequenceBatch | undefined> {
    const { state } = run;
    const { work, service } = this.#at;
    state.inHand = true;
    try {
      if (state.steps.length === 0 && (await askNextSteps(this.#bus, { run, service, work })) === 0) this.#at.heldBack(run);
      // Asking may have waited for Redis, and the run may have been lost meanwhile.
      if (run.state === state && state.steps.length > 0) return this.#take(run);
      state.inHand = false;
      return undefined;
    } catch (error) {
      this.#events.failed(run, `sequencing after ${state.n} failed: ${String(error)}`);
      return undefined;
    }
  }

  #take(run: OpenRun): SequenceBatch {
    const sinceMs = performance.now();
    const batch = takeBatch(this.#bus, run);
    this.#at.work.add(run.partition, performance.now() - sinceMs, batch.n - run.state.n);
    return batch;
  }

  #settled(one: SequenceBatch, failure: CommitResult): void {
    if (one.run.state !== one.state) return;
    one.state.inHand = false;
    if (failure === undefined) this.#committed(one);
    else if (failure.code === 'fenced') this.#events.fenced(one.run);
    else this.#events.failed(one.run, `${failure.code}: ${failure.detail}`);
  }

  #committed(one: SequenceBatch): void {
    advance(one);
    try {
      one.state.sequenced.committed(one.n);
      this.#at.written(one);
      this.#events.committed(one.run);
    } catch (error) {
      this.#events.failed(one.run, `what follows a commit failed: ${String(error)}`);
    }
  }
}
