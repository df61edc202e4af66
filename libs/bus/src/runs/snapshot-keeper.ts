import type { Bus } from '../bus.ts';
import { saveSnapshot } from '../snapshots/save-snapshot.ts';
import type { SnapshotOptions } from '../snapshots/snapshot-types.ts';
import type { OwnedRun, OwnedState } from './owned-run.ts';

/** Takes snapshots of runs between two batches and stores them in the background, one at a time per run. */
export interface SnapshotKeeper<State extends OwnedState> {
  /** The state of a run is what is committed: a snapshot is taken if one is due, or asked for. */
  offer(run: OwnedRun<State>): void;
  /** Asks for a snapshot of the newest state while the work goes on. Resolves when it is stored, or when there is nothing to store. */
  ask(run: OwnedRun<State>): Promise<void>;
  /** A run's state was dropped: who asked for a snapshot of it waits no longer. */
  forget(run: OwnedRun<State>): void;
}

/** What snapshots are made of. `isSettled` tells whether a state that nobody works on is the committed one. */
export type KeeperOptions<State> = Readonly<{
  stored: SnapshotOptions;
  bytesOf(state: State): Uint8Array;
  isSettled(state: State): boolean;
}>;

/** Returns the keeper of a service's snapshots. */
export function createSnapshotKeeper<State extends OwnedState>(bus: Bus, options: KeeperOptions<State>): SnapshotKeeper<State> {
  const asked = new Map<OwnedRun<State>, PromiseWithResolvers<void>>();
  const { service } = options.stored;

  const take = (run: OwnedRun<State>, state: State): void => {
    // The state is copied at once, between two entries.
    const snapshot = { n: state.n, bytes: options.bytesOf(state) };
    state.snapshots.taken(state.n);
    run.saving = saveSnapshot(bus, run.lease, { snapshot, options: options.stored })
      .then(() => state.snapshots.stored(snapshot.n))
      .catch((error: unknown) => bus.log.warn({ service, partition: run.partition, error: String(error) }, 'a snapshot was not stored'))
      .finally(() => {
        run.saving = undefined;
      });
  };

  const forget = (run: OwnedRun<State>): void => {
    asked.get(run)?.resolve();
    asked.delete(run);
  };

  const offer = (run: OwnedRun<State>): void => {
    const { state } = run;
    if (state === undefined || state.inHand || run.saving !== undefined || !options.isSettled(state)) return;
    if (!asked.has(run) && !state.snapshots.isDue(state.n)) return;
    take(run, state);
    forget(run);
  };

  const ask = async (run: OwnedRun<State>): Promise<void> => {
    await run.saving;
    if (run.state === undefined || run.state.snapshots.ageEntries(run.state.n) === 0) return;
    const waiting = asked.get(run) ?? Promise.withResolvers<void>();
    asked.set(run, waiting);
    offer(run);
    await waiting.promise;
    await run.saving;
  };

  return { offer, ask, forget };
}
