import { createBackoff } from '@signal/kernel';
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import type { Bus } from '../bus.ts';
import { sendCommits } from './commit-slot.ts';
import type { CommitResult, PartitionCommit } from './partition-commit.ts';

/** The position as stored tells whether a commit landed: it holds what the commit wrote, under the epoch of its lease. */
const landed = async (bus: Bus, { lease, expected, position }: PartitionCommit): Promise<CommitResult> => {
  const fields = [...Object.keys(expected), 'epoch'];
  const stored = await bus.redis.hmget(bus.keys.position(lease.service, lease.partition), ...fields);
  const wanted = fields.map((field) => position[field] ?? expected[field] ?? '');
  if (fields.every((_, index) => (stored[index] ?? '') === wanted[index])) return undefined;
  return {
    code: 'cursor_moved',
    detail: `${fields.join(', ')} are ${stored.join(', ')} after an unanswered commit that would have made them ${wanted.join(', ')}`,
  };
};

/** A stored position tells the truth whoever holds the lease; after this long the caller restores instead, which waits for Redis too. */
const ASK_FOR_MS = 5_000;

/**
 * Commits and always says of each partition whether it was written: where Redis did not answer, the position is read again until it
 * does. A commit that an earlier connection still delivers later fails its own cursor check, or makes that of the next one fail.
 */
export async function settleCommits(bus: Bus, commits: readonly PartitionCommit[]): Promise<readonly CommitResult[]> {
  try {
    return await sendCommits(bus, commits);
  } catch (error) {
    bus.log.warn(
      { error: String(error), partitions: commits.map(({ lease }) => lease.partition) },
      'a commit was not answered; reading the positions again',
    );
  }
  const backoff = createBackoff({ baseMs: 10, maxMs: 250 });
  const untilMs = performance.now() + ASK_FOR_MS;
  while (performance.now() < untilMs) {
    try {
      return await Promise.all(commits.map((commit) => landed(bus, commit)));
    } catch {
      // Redis is still away.
      await wait(backoff.nextMs());
    }
  }
  return commits.map(() => ({ code: 'cursor_moved', detail: `Redis did not say within ${ASK_FOR_MS} ms whether a commit was written` }));
}
