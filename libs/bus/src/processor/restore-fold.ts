import type { Topic } from '@signal/contracts';
import type { Bus } from '../bus.ts';
import { type RawEntry, stateOf } from '../redis/stream-replies.ts';
import { beginFromSnapshot } from '../snapshots/begin-from-snapshot.ts';
import { entryFor, refold } from './fold-entry.ts';
import { lastMarkOf } from './log-entry.ts';
import type { PartitionFold } from './partition-fold.ts';
import type { ProcessorOptions } from './processor-options.ts';
import { idOf, readLog } from './read-log.ts';
import { parseSkips, type Skip } from './skips.ts';
import { sequenceOf } from '../redis/stream-id.ts';

/** The committed position of a service in a partition, as stored. */
export type StoredPosition = Readonly<{ cursor: string; n: number; tMs: number; skips: Map<number, Skip>; attempt: string }>;

/** Returns the committed position; a partition never committed stands at 0. */
export async function readPosition(bus: Bus, service: string, partition: number): Promise<StoredPosition> {
  const [cursor, tMs, skips, attempt] = await bus.redis.hmget(bus.keys.position(service, partition), 'cursor', 'tMs', 'skips', 'attempt');
  return {
    cursor: cursor ?? '',
    n: sequenceOf(cursor ?? '0-0'),
    tMs: Number(tMs ?? 0),
    skips: parseSkips(skips ?? undefined),
    attempt: attempt ?? '',
  };
}

/** Returns the last id of each topic, trimmed or not. */
export async function lastIdsOf(bus: Bus, partition: number, topics: readonly Topic[]): Promise<Map<Topic, string>> {
  const states = await Promise.all(
    topics.map(async (topic) => [topic, (await stateOf(bus.redis, bus.keys.topic(topic, partition))).lastId] as const),
  );
  return new Map(states);
}

/** A fold that stands at sequence `n`, and from which snapshot it came. */
export type RestoredFold = Readonly<{ fold: PartitionFold; snapshotN: number; tMs: number }>;

/** What to restore: the state after entry `toN`, leaving out what was dead-lettered. `stillWanted` ends a restore that lost its lease. */
export type RestoreRequest = Readonly<{ partition: number; toN: number; skips: ReadonlyMap<number, Skip>; stillWanted(): boolean }>;

/** An entry that was skipped whole may be one that cannot even be decoded. */
const refoldPage = async (
  fold: PartitionFold,
  page: readonly RawEntry[],
  at: Readonly<{ skips: ReadonlyMap<number, Skip>; tMs: number }>,
): Promise<number> => {
  let { tMs } = at;
  for (const raw of page) {
    const entry = entryFor(raw, at.skips.get(sequenceOf(raw.id)));
    if (entry === undefined) continue;
    await refold(fold, entry);
    tMs = lastMarkOf(entry.body, tMs);
  }
  return tMs;
};

/** Returns the state after entry `toN`: the newest fitting snapshot, then the log since, folded without publishing; undefined once not wanted. */
export async function restoreFold(bus: Bus, options: ProcessorOptions, request: RestoreRequest): Promise<RestoredFold | undefined> {
  const { partition, toN, skips } = request;
  const from = { partition, cursorN: toN, options };
  const { begun: fold, snapshotN } = await beginFromSnapshot(bus, from, (snapshot) => options.createFold(partition, snapshot?.bytes));
  let tMs = 0;
  try {
    for await (const page of readLog(bus, { partition, afterN: snapshotN, toN }, options.readOlder)) {
      if (!request.stillWanted()) break;
      tMs = await refoldPage(fold, page, { skips, tMs });
    }
  } catch (error) {
    fold.close?.();
    throw error;
  }
  if (request.stillWanted()) return { fold, snapshotN, tMs };
  fold.close?.();
  return undefined;
}

/** Makes the service's group at its committed position if it is missing, and registers its need, so that lag and trim count it from the start. */
export async function registerReader(bus: Bus, at: Readonly<{ service: string; partition: number; n: number; snapshotN: number }>): Promise<void> {
  const key = bus.keys.topic('market', at.partition);
  const making = bus.redis.xgroup('CREATE', key, at.service, idOf(at.n), 'MKSTREAM', 'ENTRIESREAD', at.n).catch((error: unknown) => {
    if (!(error instanceof Error && error.message.includes('BUSYGROUP'))) throw error;
  });
  await Promise.all([making, bus.redis.hsetnx(bus.keys.needed(at.partition), at.service, at.snapshotN)]);
}
