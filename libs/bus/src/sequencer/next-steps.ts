import { performance } from 'node:perf_hooks';
import { isSignalError, type InboxRecord } from '@signal/contracts';
import type { Bus } from '../bus.ts';
import type { DeadLetter } from '../dead-letters/dead-letter.ts';
import { decodeInbox } from '../inbox.ts';
import type { RawEntry } from '../redis/stream-replies.ts';
import type { WorkMeter } from '../runs/work-meter.ts';
import { takeInboxCare } from './inbox-care.ts';
import type { OpenRun, Step } from './sequence-run.ts';
import type { InboxEntry } from './sequenced-partition.ts';

const INBOX_BATCH = 500;
/**
 * While readers leave no room the inbox is taken from this seldom, and this much at once: a partition that conflates has something to
 * conflate, and the log grows by a few entries a second. What does not fit waits in Redis, until those who push are told to come back.
 */
const HELD_INBOX_EVERY_MS = 250;
const HELD_INBOX_BATCH = 2_000;
const DUE_BATCH = 256;
const DUE_AT_ONCE = 8;
/** After so long what was handed out is committed, so that leases are renewed and others get their turn. */
const MAX_ASK_MS = 25;

const letterOf = (raw: RawEntry, error: unknown, attempts = 1): DeadLetter => ({
  topic: 'inbox',
  entryId: raw.id,
  index: 0,
  code: isSignalError(error) ? error.code : 'schema',
  error: String(error),
  attempts,
  record: raw.fields.get('json')?.toString() ?? null,
});

/** The entries of a stretch of the inbox that can be handed in, and letters for those that cannot. */
const readable = (run: OpenRun, raws: readonly RawEntry[]): Readonly<{ entries: readonly InboxEntry[]; letters: readonly DeadLetter[] }> => {
  const entries: InboxEntry[] = [];
  const letters: DeadLetter[] = [];
  for (const raw of raws) {
    try {
      const record: InboxRecord = decodeInbox(raw);
      if (raw.id === run.poison?.id) letters.push(letterOf(raw, run.poison.error, run.poison.attempts));
      else entries.push({ id: raw.id, record });
    } catch (error) {
      letters.push(letterOf(raw, error));
    }
  }
  return { entries, letters };
};

const stepOfInbox = (run: OpenRun, { most, isHeldBack }: Readonly<{ most: number; isHeldBack: boolean }>): Step | undefined => {
  const { state } = run;
  const raws = state.inboxQueue.splice(0, run.inboxAlone ? 1 : most);
  const last = raws.at(-1);
  if (last === undefined) return undefined;
  state.inboxTakenAtMs = performance.now();
  const { entries, letters } = readable(run, raws);
  if (last.id === run.poison?.id) run.inboxAlone = false;
  try {
    const entry = entries.length === 0 ? undefined : state.sequenced.onInbox(entries, isHeldBack);
    return { entry, inboxTo: last.id, inboxRead: raws.length, letters };
  } catch (error) {
    if (run.inboxAlone) run.poison = { id: last.id, error: 'the sequencer failed twice at this record', attempts: 2 };
    run.inboxAlone = true;
    throw error;
  }
};

/** Takes a step of the inbox, unless it is to wait. Returns whether nothing else is to be asked for beside it. */
const askInbox = async (bus: Bus, service: string, at: Readonly<{ run: OpenRun; isHeldBack: boolean }>): Promise<boolean> => {
  const { run, isHeldBack } = at;
  const { state } = run;
  if (isHeldBack && performance.now() - state.inboxTakenAtMs < HELD_INBOX_EVERY_MS) return false;
  const most = isHeldBack ? HELD_INBOX_BATCH : INBOX_BATCH;
  const isAlone = await takeInboxCare(bus, service, { run, most });
  // Writing down may have waited for Redis, and the run may have been lost meanwhile.
  if (run.state !== state) return true;
  const step = stepOfInbox(run, { most: isAlone ? 1 : most, isHeldBack });
  if (step !== undefined) state.steps.push(step);
  return isAlone;
};

const stepsDue = (run: OpenRun, room: number): void => {
  const { steps, sequenced } = run.state;
  const untilMs = performance.now() + MAX_ASK_MS;
  for (let left = Math.min(DUE_BATCH, room); left > 0;) {
    const entries = sequenced.due(Math.min(DUE_AT_ONCE, left));
    for (const entry of entries) steps.push({ entry, inboxTo: undefined, inboxRead: 0, letters: [] });
    if (entries.length === 0 || performance.now() >= untilMs) return;
    left -= entries.length;
  }
};

/** Whom to ask, and where the time that it takes is noted. */
export type Asking = Readonly<{ run: OpenRun; service: string; work: WorkMeter }>;

/**
 * Asks a partition for its next steps: first what the inbox brought, then what is due, as far as readers leave room. Returns that room.
 * A process under pressure has none: nothing that is due is asked for, and the inbox is taken seldom.
 */
export async function askNextSteps(bus: Bus, { run, service, work }: Asking): Promise<number> {
  const { state } = run;
  const room = bus.pressure.level() === 'calm' ? await state.backPressure.roomAfter(state.n) : 0;
  const sinceMs = performance.now();
  const isAlone = await askInbox(bus, service, { run, isHeldBack: room === 0 });
  if (!isAlone) stepsDue(run, room);
  work.add(run.partition, performance.now() - sinceMs, 0);
  return room;
}
