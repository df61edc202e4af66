import { slotOf } from '@signal/contracts';
import type { Lease } from '@signal/bus';
import { claimPositions } from '../positions/claim-positions.ts';
import type { ArchiveDeps } from './archive-deps.ts';
import { newestStored } from './find-divergence.ts';
import { findRollback } from './find-rollback.ts';
import { followInRedis, lowestNeeded } from './follow-in-redis.ts';
import { archivedTopics, type PartitionState } from './partition-state.ts';
import { rollBack } from './roll-back.ts';

/** Returns the generation of the log of a partition's slot; 0 before the first rollback. */
export async function generationOf({ bus }: ArchiveDeps, partition: number): Promise<number> {
  return Number((await bus.redis.get(bus.keys.generation(slotOf(partition)))) ?? 0);
}

/** Returns a state that fits the log as it is: what a rollback took from the log is taken back from the store. */
export async function followLog(deps: ArchiveDeps, state: PartitionState, generation: number): Promise<PartitionState> {
  const rollback = await findRollback(deps, state, generation);
  const followed = rollback === undefined ? state : await rollBack(deps, state, rollback);
  const last = followed.last ?? (await newestStored(deps, followed.lease.partition));
  return last === undefined ? followed : { ...followed, last };
}

/** Makes a partition ours in Postgres, follows its log, and shows in Redis where it stands: what a new owner or a failed commit needs. */
export async function takeUp(deps: ArchiveDeps, lease: Lease): Promise<PartitionState> {
  const generation = await generationOf(deps, lease.partition);
  const claimed = await claimPositions(deps.postgres, lease, generation);
  const state = await followLog(deps, claimed, generation);
  // Nothing was read yet, so that every topic may have more.
  await followInRedis(deps.bus, state, lowestNeeded(state, { unfinished: new Set(archivedTopics), upstream: undefined }));
  return state;
}
