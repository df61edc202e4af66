import { encodeMarketBody, SignalError, WIRE_VERSION } from '@signal/contracts';
import type { Bus } from '../bus.ts';
import { MAX_ENTRY_BYTES } from '../commit/commit-slot.ts';
import type { PartitionCommit } from '../commit/partition-commit.ts';
import type { DeadLetter } from '../dead-letters/dead-letter.ts';
import { type Batch, BATCH_BYTES, createBatch } from '../processor/batch.ts';
import type { Output } from '../processor/partition-fold.ts';
import { idOf } from '../processor/read-log.ts';
import type { OpenRun, SequenceRun, SequenceState, Step } from './sequence-run.ts';
import type { SequencedEntry } from './sequenced-partition.ts';

/** Steps on their way into one commit, and where they bring the partition. */
export type SequenceBatch = Readonly<{
  run: SequenceRun;
  state: SequenceState;
  batch: Batch;
  n: number;
  inbox: string;
  inboxRead: number;
  control: string;
  tMs: number;
  records: number;
}>;

const marketOutput = (entry: SequencedEntry, wallMs: number): Output => {
  const { n, head, d } = encodeMarketBody(entry.records);
  if (head.length + d.length > MAX_ENTRY_BYTES / 2) {
    throw new SignalError(
      'argument_invalid',
      `a market entry of ${n} records has ${head.length + d.length} bytes, and may have ${MAX_ENTRY_BYTES / 2}`,
    );
  }
  return { topic: 'market', fields: { v: WIRE_VERSION, n: String(n), w: String(wallMs), head, d }, latest: [] };
};

const lastMark = (entry: SequencedEntry, tMs: number): number => {
  let last = tMs;
  for (const record of entry.records) {
    if (record.kind === 'mark' && record.tMs > last) last = record.tMs;
  }
  return last;
};

/** What the partition refused on its way to an entry; the letters stand by that entry. */
const lettersOf = (entry: SequencedEntry, entryId: string): readonly DeadLetter[] =>
  (entry.rejected ?? []).map(({ code, error, record }, index) => ({ topic: 'market', entryId, index, code, error, attempts: 1, record }));

/** Takes steps off the front of a run's list until a commit is large enough. */
export function takeBatch(bus: Bus, run: OpenRun): SequenceBatch {
  const { state } = run;
  const batch = createBatch(state.lastIds);
  const wallMs = bus.clock.nowMs();
  const to = { n: state.n, inbox: state.inbox, inboxRead: state.inboxRead, control: state.control, tMs: state.tMs, records: 0 };
  while (state.steps.length > 0 && batch.bytes < BATCH_BYTES) {
    const step = state.steps.shift() as Step;
    if (step.entry !== undefined) {
      to.n += 1;
      batch.addOutputs(to.n, [marketOutput(step.entry, wallMs), ...step.entry.outputs]);
      to.control = step.entry.control;
      to.tMs = lastMark(step.entry, to.tMs);
      to.records += step.entry.records.length;
      batch.addLetters(lettersOf(step.entry, idOf(to.n)));
    }
    to.inbox = step.inboxTo ?? to.inbox;
    to.inboxRead += step.inboxRead;
    batch.addLetters(step.letters);
  }
  return { run, state, batch, ...to };
}

/** Returns the commit of a batch: market, bars, control and inbox cursor in one. */
export function commitOf(one: SequenceBatch): PartitionCommit {
  const { run, state } = one;
  return {
    lease: run.lease,
    expected: { cursor: state.cursor, inbox: state.inbox },
    position: {
      ...(one.n === 0 ? {} : { cursor: idOf(one.n) }),
      ...(one.inbox === '' ? {} : { inbox: one.inbox }),
      inboxRead: String(one.inboxRead),
      control: one.control,
      tMs: String(one.tMs),
      epoch: String(run.lease.epoch),
      generation: state.generation,
      ...(state.newOrigin === '' ? {} : { origin: state.newOrigin }),
    },
    group: one.inbox === '' ? undefined : { topic: 'inbox', id: one.inbox, entriesRead: one.inboxRead },
    topics: one.batch.topics(),
    deadLetters: one.batch.letters(),
  };
}

/** Makes the state what the commit of a batch wrote. */
export function advance(one: SequenceBatch): void {
  const { state, run } = one;
  Object.assign(state, {
    n: one.n,
    cursor: one.n === 0 ? '' : idOf(one.n),
    inbox: one.inbox,
    inboxRead: one.inboxRead,
    control: one.control,
    tMs: one.tMs,
    newOrigin: '',
  });
  state.lastIds = one.batch.lastIds();
  run.retention.note(one.n, one.tMs);
}
