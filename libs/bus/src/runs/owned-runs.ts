import { slotOf } from '@signal/contracts';
import { setTimeout as wait } from 'node:timers/promises';
import type { Bus } from '../bus.ts';
import type { Lease } from '../ownership/lease.ts';
import type { MemberDescription } from '../ownership/membership.ts';
import { createOwnership, type Ownership } from '../ownership/ownership.ts';
import { createTicker, type Ticker } from '../ownership/ticker.ts';
import type { OwnedRun, OwnedState } from './owned-run.ts';
import { restoreRun } from './restore-run.ts';
import { createSnapshotKeeper, type KeeperOptions, type SnapshotKeeper } from './snapshot-keeper.ts';
import { createWorkMeter, type WorkMeter } from './work-meter.ts';

const WATCH_EVERY_MS = 1_000;
const MAX_FAILURE_WAIT_MS = 2_000;
/** Failures in a row after which a partition makes its service unhealthy. */
const FAILURES_TO_SAY = 3;

/** What a slot's loop tells of its runs. */
export interface RunEvents<Run> {
  /** The run's state is what is committed. */
  committed(run: Run): void;
  /** The run's state is worth nothing any more. */
  failed(run: Run, problem: string): void;
  fenced(run: Run): void;
}

/** Works on the restored runs of one slot. */
export interface RunLoop<Run> {
  add(run: Run): void;
  /** A run of this slot became ready. */
  wake(): void;
  /** Takes a run out and resolves when the work in hand no longer touches it. */
  remove(run: Run): Promise<void>;
  close(): Promise<void>;
}

/** What owned partitions are made of. */
export type OwnedRunsOptions<State extends OwnedState, Run extends OwnedRun<State>> = Readonly<{
  info: MemberDescription;
  createRun(lease: Lease): Run;
  /** Returns the state to work with, undefined once the run is lost; throws what keeps it from being restored. */
  restore(run: Run): Promise<State | undefined>;
  close(state: State): void;
  startLoop(at: Readonly<{ slot: number; events: RunEvents<Run>; work: WorkMeter }>): RunLoop<Run>;
  snapshots: KeeperOptions<State>;
  /** After each commit. */
  committed(run: Run & { state: State }): void;
  /** Every second, while the partitions are owned. */
  watch?(runs: Iterable<Run>): Promise<void>;
}>;

/** The partitions that a member owns of a service: taken up, restored, worked on by their slots' loops, handed over. */
export interface OwnedRuns<Run> {
  start(): Promise<void>;
  stop(): Promise<void>;
  unhealthy(): string | undefined;
  owned(): Iterable<Run>;
  /** Wakes the loop of a partition. */
  wake(partition: number): void;
  /** Drops a run's state and restores it. */
  fail(run: Run, problem: string): void;
  /** Tells whether a run failed since its last commit. */
  isFailing(run: Run): boolean;
}

/** Returns the owned partitions of a service; they come with `start`. */
export function createOwnedRuns<State extends OwnedState, Run extends OwnedRun<State>>(
  bus: Bus,
  options: OwnedRunsOptions<State, Run>,
): OwnedRuns<Run> {
  return new OwnedRunsOfService(bus, options);
}

class OwnedRunsOfService<State extends OwnedState, Run extends OwnedRun<State>> implements OwnedRuns<Run> {
  readonly #bus: Bus;
  readonly #service: string;
  readonly #options: OwnedRunsOptions<State, Run>;
  readonly #ownership: Ownership;
  readonly #watcher: Ticker;
  readonly #keeper: SnapshotKeeper<State>;
  readonly #work: WorkMeter = createWorkMeter();
  readonly #runs = new Map<number, Run>();
  readonly #loops = new Map<number, RunLoop<Run>>();
  readonly #restoring = new Map<Run, Promise<void>>();
  /** Snapshots of lost runs that are still being stored. */
  readonly #leftSaving = new Set<Promise<void>>();
  /** Failures of a run since its last commit. */
  readonly #failures = new Map<Run, number>();
  readonly #events: RunEvents<Run> = {
    committed: (run) => this.#committed(run),
    failed: (run, problem) => this.fail(run, problem),
    fenced: (run) => {
      this.#drop(run);
      this.#ownership.giveUp(run.lease, 'fenced');
    },
  };

  constructor(bus: Bus, options: OwnedRunsOptions<State, Run>) {
    this.#bus = bus;
    this.#service = options.snapshots.stored.service;
    this.#options = options;
    this.#keeper = createSnapshotKeeper(bus, options.snapshots);
    this.#ownership = createOwnership(bus, {
      service: this.#service,
      info: options.info,
      onAcquired: async (lease) => this.#acquired(lease),
      beforeRelease: (lease) => this.#beforeRelease(lease),
      takeWork: () => this.#work.take(),
      onLost: (lease) => this.#lost(lease),
    });
    this.#watcher = createTicker({ everyMs: WATCH_EVERY_MS, run: () => this.#watch() });
  }

  async start(): Promise<void> {
    await this.#ownership.start();
    await this.#watcher.start();
  }

  async stop(): Promise<void> {
    await this.#watcher.stop();
    await this.#ownership.stop();
    await Promise.all([...this.#loops.values()].map((loop) => loop.close()));
    await Promise.all([...this.#restoring.values(), ...this.#leftSaving]);
  }

  unhealthy(): string | undefined {
    return this.#ownership.unhealthy() ?? [...this.#runs.values()].find(({ problem }) => problem !== undefined)?.problem;
  }

  owned(): Iterable<Run> {
    return this.#runs.values();
  }

  wake(partition: number): void {
    this.#loops.get(slotOf(partition))?.wake();
  }

  fail(run: Run, problem: string): void {
    void this.#restoreAfter(run, problem);
  }

  isFailing(run: Run): boolean {
    return this.#failures.has(run);
  }

  async #watch(): Promise<undefined> {
    const ages = [...this.#runs.values()].map(({ state }) => state?.snapshots.ageEntries(state.n) ?? 0);
    this.#bus.metrics?.snapshotAgeEntries.set({ service: this.#service }, Math.max(0, ...ages));
    await this.#options.watch?.(this.#runs.values());
    return undefined;
  }

  #acquired(lease: Lease): void {
    const run = this.#options.createRun(lease);
    const slot = slotOf(lease.partition);
    this.#runs.set(lease.partition, run);
    const loop = this.#loops.get(slot) ?? this.#options.startLoop({ slot, events: this.#events, work: this.#work });
    this.#loops.set(slot, loop);
    loop.add(run);
    this.#restore(run);
  }

  async #beforeRelease(lease: Lease): Promise<void> {
    const run = this.#runs.get(lease.partition);
    if (run?.lease.nonce === lease.nonce) await this.#keeper.ask(run);
  }

  async #lost(lease: Lease): Promise<void> {
    const run = this.#runs.get(lease.partition);
    if (run?.lease.nonce !== lease.nonce) return;
    await this.#loops.get(slotOf(lease.partition))?.remove(run);
    // A snapshot on its way is fenced like a commit, and its bytes are a copy: the next owner need not wait for it.
    this.#keepSaving(run.saving);
    this.#drop(run);
    this.#runs.delete(lease.partition);
    this.#failures.delete(run);
  }

  #keepSaving(saving: Promise<void> | undefined): void {
    if (saving === undefined) return;
    this.#leftSaving.add(saving);
    void saving.finally(() => this.#leftSaving.delete(saving));
  }

  #drop(run: Run): void {
    if (run.state !== undefined) this.#options.close(run.state);
    run.state = undefined;
    this.#keeper.forget(run);
  }

  #committed(run: Run): void {
    this.#failures.delete(run);
    this.#options.committed(run as Run & { state: State });
    this.#keeper.offer(run);
  }

  #restore(run: Run): void {
    if (this.#restoring.has(run)) return;
    this.#drop(run);
    const { restore, close } = this.#options;
    const done = restoreRun<State, Run>(this.#bus, run, { service: this.#service, restore, close }).finally(() => {
      this.#restoring.delete(run);
      // It failed again before it was known to be restored.
      if (!run.closed && run.state === undefined) this.#restore(run);
      this.wake(run.partition);
    });
    this.#restoring.set(run, done);
  }

  async #restoreAfter(run: Run, problem: string): Promise<void> {
    const before = this.#failures.get(run) ?? 0;
    this.#failures.set(run, before + 1);
    this.#bus.log.warn({ service: this.#service, partition: run.partition, problem }, 'a partition is restored');
    this.#drop(run);
    // Without a commit in between the same failure would come back at once.
    if (before > 0) await wait(Math.min(MAX_FAILURE_WAIT_MS, 10 * 2 ** Math.min(before, 8)));
    this.#restore(run);
    if (before >= FAILURES_TO_SAY) run.problem = problem;
  }
}
