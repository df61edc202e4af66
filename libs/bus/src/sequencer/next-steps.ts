import { performance } from 'node:perf_hooks';
import { isSignalError, type InboxRecord } from '@signal/contracts';
import type { Bus } from '../bus.ts';
import type { DeadLetter } from '../dead-letters/dead-letter.ts';
import { decodeInbox } from '../inbox.ts';
import type { RawEntry } from '../redis/stream-replies.ts';
import type { WorkMeter } from '../runs/work-meter.ts';
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

const letterOf = (raw: RawEntry, error: unknown): DeadLetter => ({
  topic: 'inbox',
  entryId: raw.id,
  index: 0,
  code: isSignalError(error) ? error.code : 'schema',
  error: String(error),
  attempts: 1,
  record: raw.fields.get('json')?.toString() ?? null,
});

/** The entries of a stretch of the inbox that can be handed in, and letters for those that cannot. */
const readable = (run: OpenRun, raws: readonly RawEntry[]): Readonly<{ entries: readonly InboxEntry[]; letters: readonly DeadLetter[] }> => {
  const entries: InboxEntry[] = [];
  const letters: DeadLetter[] = [];
  for (const raw of raws) {
    try {
      const record: InboxRecord = decodeInbox(raw);
      if (raw.id === run.poisonId) letters.push(letterOf(raw, 'the sequencer failed twice at this record'));
      else entries.push({ id: raw.id, record });
    } catch (error) {
      letters.push(letterOf(raw, error));
    }
  }
  return { entries, letters };
};

const stepOfInbox = (run: OpenRun, room: number): Step | undefined => {
  const { state } = run;
  const isHeldBack = room === 0;
  if (isHeldBack && performance.now() - state.inboxTakenAtMs < HELD_INBOX_EVERY_MS) return undefined;
  const most = isHeldBack ? HELD_INBOX_BATCH : INBOX_BATCH;
  const raws = state.inboxQueue.splice(0, run.inboxAlone ? 1 : most);
  const last = raws.at(-1);
  if (last === undefined) return undefined;
  state.inboxTakenAtMs = performance.now();
  const { entries, letters } = readable(run, raws);
  if (last.id === run.poisonId) run.inboxAlone = false;
  try {
    const entry = entries.length === 0 ? undefined : state.sequenced.onInbox(entries, isHeldBack);
    return { entry, inboxTo: last.id, inboxRead: raws.length, letters };
  } catch (error) {
    if (run.inboxAlone) run.poisonId = last.id;
    run.inboxAlone = true;
    throw error;
  }
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

/**
 * Asks a partition for its next steps: first what the inbox brought, then what is due, as far as readers leave room. Returns that room.
 * A process under pressure has none: nothing that is due is asked for, and the inbox is taken seldom.
 */
export async function askNextSteps(bus: Bus, run: OpenRun, work: WorkMeter): Promise<number> {
  const { state } = run;
  const room = bus.pressure.level() === 'calm' ? await state.backPressure.roomAfter(state.n) : 0;
  const sinceMs = performance.now();
  const fromInbox = stepOfInbox(run, room);
  if (fromInbox !== undefined) state.steps.push(fromInbox);
  stepsDue(run, room);
  work.add(run.partition, performance.now() - sinceMs, 0);
  return room;
}
