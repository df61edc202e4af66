import type { Bus } from '../bus.ts';
import type { ReadyRun } from '../processor/partition-run.ts';
import { idOf } from '../processor/read-log.ts';
import { aloneAttempt, type Attempt, formatAttempt, isAtFault, nextAttempt, parseAttempt } from './attempt.ts';

/** Writes down what is about to be tried at the position in hand, so that a later owner knows what this one was cut off at. */
export async function markAttempt(bus: Bus, service: string, ...at: readonly [run: ReadyRun, attempt: Attempt]): Promise<void> {
  const [run, attempt] = at;
  run.state.attempt = formatAttempt(idOf(run.state.n), attempt);
  await bus.redis.hset(bus.keys.position(service, run.partition), 'attempt', run.state.attempt);
}

const attemptBefore = ({ state }: ReadyRun): Attempt | undefined => parseAttempt(state.attempt, idOf(state.n));

/**
 * Tells whether a run is to be worked on by itself: an owner was cut off at what it is about to fold, or just before. Were others folded
 * at the same time, the one at fault would drag them along.
 */
export function needsCare(run: ReadyRun): boolean {
  return run.state.n < run.aloneUntilN || (run.suspicious && attemptBefore(run) !== undefined);
}

/**
 * Returns what to attempt at the position in hand, undefined where nothing is suspected. It is written down before anything is folded.
 * `entries` are in hand at most. Only owners that follow one that was cut off do so, as far as it may have been, so that the hot path never does.
 */
export async function beginAttempt(
  bus: Bus,
  service: string,
  { run, entries }: Readonly<{ run: ReadyRun; entries: number }>,
): Promise<Attempt | undefined> {
  const isAlone = run.state.n < run.aloneUntilN;
  if (!run.suspicious && !isAlone) return undefined;
  const attempt = run.suspicious ? nextAttempt(attemptBefore(run), entries) : aloneAttempt();
  run.suspicious = false;
  if (attempt.stage !== 'batch') run.aloneUntilN = Math.max(run.aloneUntilN, run.state.n + attempt.entries);
  // The search writes down each of its steps itself.
  if (!isAtFault(attempt)) await markAttempt(bus, service, run, attempt);
  return attempt;
}
