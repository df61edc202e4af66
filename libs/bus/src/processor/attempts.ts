import type { Bus } from '../bus.ts';
import { idOf } from './read-log.ts';
import type { ReadyRun, RunState } from './partition-run.ts';

/** Owners that may die over one entry before it is dead-lettered unseen. */
const MAX_ATTEMPTS = 3;
/** From this attempt on entries go one by one, so that the position names the one at fault. */
const ALONE_FROM_ATTEMPT = 2;
/** Entries after a suspicious position that go one by one: more than any batch holds. */
const ALONE_ENTRIES = 1_000;

const attemptAt = (state: RunState): number => {
  const [cursor, count] = state.attempt.split('|');
  return cursor === idOf(state.n) ? Number(count) : 0;
};

/**
 * Counts an attempt at the position in hand before anything is folded, and returns how many were made. Only owners that follow one
 * that was cut off count, so that the hot path never does.
 */
export async function countAttempt(bus: Bus, service: string, run: ReadyRun): Promise<number> {
  const alone = run.state.n < run.aloneUntilN;
  if (!run.suspicious && !alone) return 0;
  run.suspicious = false;
  const attempt = attemptAt(run.state) + 1;
  run.state.attempt = `${idOf(run.state.n)}|${attempt}`;
  await bus.redis.hset(bus.keys.position(service, run.partition), 'attempt', run.state.attempt);
  if (attempt >= ALONE_FROM_ATTEMPT) run.aloneUntilN = Math.max(run.aloneUntilN, run.state.n + ALONE_ENTRIES);
  return attempt;
}

/** Tells whether so many owners died at this position that its next entry is not tried again. */
export function isHopeless(attempt: number): boolean {
  return attempt > MAX_ATTEMPTS;
}
