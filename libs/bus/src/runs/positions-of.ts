import type { Position } from '../processor/processor-options.ts';
import type { OwnedRun, OwnedState } from './owned-run.ts';

/** Returns where the restored ones of these runs stand. */
export function positionsOf(runs: Iterable<OwnedRun<OwnedState>>): ReadonlyMap<number, Position> {
  const positions = new Map<number, Position>();
  for (const { partition, state } of runs) {
    if (state !== undefined) positions.set(partition, { n: state.n, tMs: state.tMs });
  }
  return positions;
}
