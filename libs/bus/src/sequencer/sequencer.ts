import { slotOf } from '@signal/contracts';
import { createBackoff } from '@signal/kernel';
import { setTimeout as wait } from 'node:timers/promises';
import type { Bus } from '../bus.ts';
import type { Lease } from '../ownership/lease.ts';
import { createOwnership, type Ownership } from '../ownership/ownership.ts';
import type { Position } from '../processor/processor-options.ts';
import { createRetention, DEFAULT_RETENTION_MS } from '../processor/retention.ts';
import { snapshotWhenDue, trimWhenDue } from './log-housekeeping.ts';
import { openSequence } from './open-sequence.ts';
import { dropState, type OpenRun, type SequenceRun } from './sequence-run.ts';
import type { Sequencer, SequencerOptions } from './sequencer-options.ts';
import { type SequenceEvents, type SlotSequencer, startSlotSequencer } from './slot-sequencer.ts';

const LEASE_PAUSE_MS = 20;
const MAX_FAILURE_WAIT_MS = 2_000;
/** Failures in a row after which a partition makes its service unhealthy. */
const FAILURES_TO_SAY = 3;

const createRun = (lease: Lease, options: SequencerOptions): SequenceRun => ({
  lease,
  partition: lease.partition,
  state: undefined,
  retention: createRetention(options.retentionMs ?? DEFAULT_RETENTION_MS),
  problem: undefined,
  closed: false,
  saving: undefined,
  inboxAlone: false,
  poisonId: undefined,
});

/** Returns the sequencer of `market`: the only writer of the log, one owner per partition. */
export function createSequencer(bus: Bus, options: SequencerOptions): Sequencer {
  return new SequencerOfMarket(bus, options);
}

class SequencerOfMarket implements Sequencer {
  readonly name: string;
  readonly #bus: Bus;
  readonly #options: SequencerOptions;
  readonly #ownership: Ownership;
  readonly #runs = new Map<number, SequenceRun>();
  readonly #slots = new Map<number, SlotSequencer>();
  readonly #opening = new Map<SequenceRun, Promise<void>>();
  /** Last sequence that Redis acknowledged to this process: a stored position below it was rolled back. */
  readonly #acknowledged = new Map<number, number>();
  /** Failures of a partition since its last commit. */
  readonly #failures = new Map<number, number>();
  readonly #events: SequenceEvents = {
    committed: (run, records, letters) => this.#committed(run, { records, letters }),
    failed: (run, problem) => void this.#fail(run, problem),
    fenced: (run) => {
      dropState(run);
      this.#ownership.giveUp(run.lease, 'fenced');
    },
  };

  constructor(bus: Bus, options: SequencerOptions) {
    this.name = options.service;
    this.#bus = bus;
    this.#options = options;
    this.#ownership = createOwnership(bus, {
      service: options.service,
      info: options.info,
      onAcquired: (lease) => this.#acquired(lease),
      onLost: (lease) => this.#lost(lease),
    });
  }

  async start(): Promise<void> {
    await this.#ownership.start();
  }

  async stop(): Promise<void> {
    await this.#ownership.stop();
    await Promise.all([...this.#slots.values()].map((slot) => slot.close()));
    await Promise.all(this.#opening.values());
  }

  unhealthy(): string | undefined {
    return this.#ownership.unhealthy() ?? [...this.#runs.values()].find(({ problem }) => problem !== undefined)?.problem;
  }

  positions(): ReadonlyMap<number, Position> {
    const positions = new Map<number, Position>();
    for (const { partition, state } of this.#runs.values()) {
      if (state !== undefined) positions.set(partition, { n: state.n, tMs: state.tMs });
    }
    return positions;
  }

  wake(partition: number): void {
    this.#slots.get(slotOf(partition))?.wake();
  }

  async #acquired(lease: Lease): Promise<void> {
    const run = createRun(lease, this.#options);
    const slot = slotOf(lease.partition);
    this.#runs.set(lease.partition, run);
    const loop = this.#slots.get(slot) ?? startSlotSequencer(this.#bus, { service: this.name, slot, events: this.#events });
    this.#slots.set(slot, loop);
    loop.add(run);
    this.#open(run);
  }

  async #lost(lease: Lease): Promise<void> {
    const run = this.#runs.get(lease.partition);
    if (run?.lease.nonce !== lease.nonce) return;
    await this.#slots.get(slotOf(lease.partition))?.remove(run);
    await run.saving;
    dropState(run);
    this.#runs.delete(lease.partition);
  }

  #committed(run: OpenRun, counts: Readonly<{ records: number; letters: number }>): void {
    this.#failures.delete(run.partition);
    this.#acknowledged.set(run.partition, run.state.n);
    this.#bus.metrics?.recordsTotal.inc({ service: this.name, outcome: 'accepted' }, counts.records);
    if (counts.letters > 0) this.#bus.metrics?.deadLettersTotal.inc({ service: this.name }, counts.letters);
    snapshotWhenDue(this.#bus, this.#options, run);
    trimWhenDue(this.#bus, this.#options, run);
  }

  #open(run: SequenceRun): void {
    if (this.#opening.has(run)) return;
    const done = this.#openUntilDone(run).finally(() => {
      this.#opening.delete(run);
      // It failed again before it was known to be open.
      if (!run.closed && run.state === undefined) this.#open(run);
      this.wake(run.partition);
    });
    this.#opening.set(run, done);
  }

  async #openUntilDone(run: SequenceRun): Promise<void> {
    const backoff = createBackoff({ baseMs: 20, maxMs: MAX_FAILURE_WAIT_MS });
    while (!run.closed) {
      if (!run.lease.valid()) {
        // Redis is away, or another owner is about to be found: either way this is not the moment.
        await wait(LEASE_PAUSE_MS);
        continue;
      }
      try {
        const acknowledgedN = this.#acknowledged.get(run.partition) ?? 0;
        const state = await openSequence(this.#bus, this.#options, { run, acknowledgedN });
        if (state === undefined) return;
        if (!run.closed) run.state = state;
        else state.sequenced.close?.();
        run.problem = undefined;
        return;
      } catch (error) {
        const problem = `partition ${run.partition} cannot be opened: ${String(error)}`;
        if (problem !== run.problem)
          this.#bus.log.error({ service: this.name, partition: run.partition, error: String(error) }, 'a partition cannot be opened');
        run.problem = problem;
        await wait(backoff.nextMs());
      }
    }
  }

  async #fail(run: SequenceRun, problem: string): Promise<void> {
    const before = this.#failures.get(run.partition) ?? 0;
    this.#failures.set(run.partition, before + 1);
    this.#bus.log.warn({ service: this.name, partition: run.partition, problem }, 'a partition is opened again');
    dropState(run);
    // Without a commit in between the same failure would come back at once.
    if (before > 0) await wait(Math.min(MAX_FAILURE_WAIT_MS, 10 * 2 ** Math.min(before, 8)));
    this.#open(run);
    if (before >= FAILURES_TO_SAY) run.problem = problem;
  }
}
