import { SignalError } from '@signal/contracts';
import type { Bus } from '../bus.ts';
import { aloneAttempt, type Attempt, DEATHS_TO_CONVICT, formatAttempt, nextAttempt, parseAttempt } from '../poison/attempt.ts';
import type { OpenRun } from './sequence-run.ts';

const attemptBefore = ({ state }: OpenRun): Attempt | undefined => parseAttempt(state.inboxAttempt, state.inbox);

/**
 * Tells whether a run is to be worked on by itself: an owner was cut off at what it is about to hand in, or just before. Were others
 * worked on at the same time, the record at fault would drag theirs along.
 */
export function needsInboxCare(run: OpenRun): boolean {
  if (run.state.inboxQueue.length === 0 || run.state.steps.length > 0) return false;
  return run.careLeft > 0 || (run.suspicious && attemptBefore(run) !== undefined);
}

const convict = (run: OpenRun, { total }: Attempt): void => {
  const id = run.state.inboxQueue[0]?.id;
  if (id !== undefined) run.poison = { id, error: new SignalError('record_deadly', `${total} owners ended here`), attempts: total };
};

/**
 * Writes down what of the inbox is about to be handed in, when an owner was cut off here: a later owner then knows. `most` records are
 * handed in at once otherwise. Returns whether it is one record alone; a record at which two owners were cut off is left out.
 */
export async function takeInboxCare(bus: Bus, service: string, { run, most }: Readonly<{ run: OpenRun; most: number }>): Promise<boolean> {
  const { state } = run;
  if (state.inboxQueue.length === 0 || (!run.suspicious && run.careLeft === 0)) return false;
  const attempt = run.suspicious ? nextAttempt(attemptBefore(run), Math.min(most, state.inboxQueue.length)) : aloneAttempt();
  run.suspicious = false;
  if (attempt.stage === 'entry') run.careLeft = Math.max(run.careLeft, attempt.entries);
  if (attempt.deaths >= DEATHS_TO_CONVICT) convict(run, attempt);
  state.inboxAttempt = formatAttempt(state.inbox, attempt);
  await bus.redis.hset(bus.keys.position(service, run.partition), 'inboxAttempt', state.inboxAttempt);
  if (attempt.stage === 'batch') return false;
  run.careLeft -= 1;
  return true;
}
