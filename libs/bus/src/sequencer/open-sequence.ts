import type { Bus } from '../bus.ts';
import { decodeLogEntry, lastMarkOf } from '../processor/log-entry.ts';
import { readLog, type ReadOlder } from '../processor/read-log.ts';
import { lastIdsOf } from '../processor/restore-fold.ts';
import { historyAt } from '../redis/server-history.ts';
import { sequenceOf } from '../redis/stream-id.ts';
import { stateOf } from '../redis/stream-replies.ts';
import { createSnapshotSchedule, paceOf } from '../snapshots/snapshot-schedule.ts';
import { beginFromSnapshot } from '../snapshots/begin-from-snapshot.ts';
import type { Snapshot } from '../snapshots/snapshot-types.ts';
import { createBackPressure, DEFAULT_MAX_LAG_ENTRIES } from './back-pressure.ts';
import { judgeRollback } from './judge-rollback.ts';
import { beginWithGap, raiseGeneration } from './begin-with-gap.ts';
import type { SequenceRun, SequenceState } from './sequence-run.ts';
import type { OpenedAt } from './sequenced-partition.ts';
import type { SequencerOptions } from './sequencer-options.ts';

type Stored = Readonly<{
  cursor: string;
  n: number;
  inbox: string;
  inboxRead: number;
  control: string | undefined;
  tMs: number;
  lastN: number;
  origin: string;
  inboxAttempt: string;
}>;

const readStored = async (bus: Bus, service: string, partition: number): Promise<Stored> => {
  const fields = ['cursor', 'inbox', 'inboxRead', 'control', 'tMs', 'origin', 'inboxAttempt'] as const;
  const [cursor, inbox, inboxRead, control, tMs, origin, inboxAttempt] = await bus.redis.hmget(bus.keys.position(service, partition), ...fields);
  const { lastId } = await stateOf(bus.redis, bus.keys.topic('market', partition));
  return {
    cursor: cursor ?? '',
    n: sequenceOf(cursor ?? '0-0'),
    inbox: inbox ?? '',
    inboxRead: Number(inboxRead ?? 0),
    control: control ?? undefined,
    tMs: Number(tMs ?? 0),
    lastN: sequenceOf(lastId),
    origin: origin ?? '',
    inboxAttempt: inboxAttempt ?? '',
  };
};

/** The state to begin with, and whether the log was found behind what was acknowledged. */
type Opened = Readonly<{ state: SequenceState; generation: string }>;

const restoreOwnLog = async (
  bus: Bus,
  run: SequenceRun,
  at: Readonly<{ state: SequenceState; afterN: number; toN: number; readOlder: ReadOlder | undefined }>,
): Promise<boolean> => {
  for await (const page of readLog(bus, { partition: run.partition, afterN: at.afterN, toN: at.toN }, at.readOlder)) {
    if (run.closed) return false;
    for (const raw of page) {
      const entry = decodeLogEntry(raw);
      at.state.sequenced.restore(entry);
      at.state.tMs = lastMarkOf(entry.body, at.state.tMs);
    }
  }
  return true;
};

const openedAt = ({ stored, snapshot, generation }: Readonly<{ stored: Stored; snapshot: Snapshot | undefined; generation: string }>): OpenedAt => ({
  ...(stored.control === undefined ? {} : { control: stored.control }),
  ...(snapshot === undefined ? {} : { snapshot: snapshot.bytes }),
  snapshotN: snapshot?.n ?? 0,
  lastN: stored.n,
  generation: Number(generation),
});

const openAt = async (
  bus: Bus,
  options: SequencerOptions,
  at: Readonly<{ run: SequenceRun; stored: Stored; generation: string }>,
): Promise<Opened | undefined> => {
  const { run, stored, generation } = at;
  const { partition } = run;
  const toN = Math.min(stored.n, stored.lastN);
  const from = { partition, cursorN: toN, options };
  const { begun: sequenced, snapshotN } = await beginFromSnapshot(bus, from, (snapshot) =>
    options.open(partition, openedAt({ stored, snapshot, generation })),
  );
  const state: SequenceState = {
    sequenced,
    n: stored.n,
    cursor: stored.cursor,
    inbox: stored.inbox,
    inboxRead: stored.inboxRead,
    control: stored.control ?? '',
    tMs: stored.tMs,
    inHand: false,
    generation,
    newOrigin: '',
    lastIds: await lastIdsOf(bus, partition, ['market', ...(options.outputs ?? ['bars'])]),
    snapshots: createSnapshotSchedule(paceOf(options), snapshotN),
    backPressure: createBackPressure(bus, partition, options.maxLagEntries ?? DEFAULT_MAX_LAG_ENTRIES),
    steps: [],
    inboxQueue: [],
    inboxAttempt: stored.inboxAttempt,
    inboxReadTo: stored.inbox === '' ? '0-0' : stored.inbox,
    inboxTakenAtMs: Number.NEGATIVE_INFINITY,
  };
  try {
    if (await restoreOwnLog(bus, run, { state, afterN: snapshotN, toN, readOlder: options.readOlder })) {
      await bus.redis.hsetnx(bus.keys.needed(partition), options.service, snapshotN);
      return { state, generation };
    }
  } catch (error) {
    sequenced.close?.();
    throw error;
  }
  sequenced.close?.();
  return undefined;
};

/**
 * Opens a partition at what its last owner committed: snapshot, own log since, control. When the log was rolled back behind what was
 * acknowledged (`acknowledgedN`, known to this process), or a server took over that may have lost what the last owner was told, the
 * generation rises and a `gap` record is the first thing written.
 */
export async function openSequence(
  bus: Bus,
  options: SequencerOptions,
  at: Readonly<{ run: SequenceRun; acknowledgedN: number }>,
): Promise<SequenceState | undefined> {
  const { service } = options;
  const { partition } = at.run;
  const position = bus.keys.position(service, partition);
  const stored = await readStored(bus, service, partition);
  // Asked after the position was read: a failover in between is then seen here.
  const server = await historyAt(bus, position);
  const rollback = judgeRollback(stored, at.acknowledgedN, server);
  const known = (await bus.redis.get(bus.keys.generation(partition % bus.slots))) ?? '0';
  const generation = rollback === undefined ? known : await raiseGeneration(bus, partition);
  const opened = await openAt(bus, options, { run: at.run, stored, generation });
  if (opened === undefined) return undefined;
  const { state } = opened;
  if (rollback !== undefined) {
    bus.log.error(
      { service, partition, generation, acknowledgedN: at.acknowledgedN, ...rollback },
      'the log was rolled back, or may have been; the generation rises',
    );
    beginWithGap(state, rollback, server.id);
  } else if (stored.origin !== server.id) await bus.redis.hset(position, 'origin', server.id);
  state.sequenced.ready?.();
  return state;
}
