import { type Bus, type RawEntry, readStreams, type WorkMeter } from '@signal/bus';
import { slotOf } from '@signal/contracts';
import { segmentEntryBytes } from '@signal/store';
import { onEntries } from '../handlers/on-entries.ts';
import type { ArchiveDeps } from '../partitions/archive-deps.ts';
import { leastUpstream } from '../partitions/follow-in-redis.ts';
import type { Failures } from '../partitions/failures.ts';
import type { HeldPartition } from '../partitions/held-partition.ts';
import { archivedTopics, type ArchivedTopic, type PartitionState } from '../partitions/partition-state.ts';
import type { Batch } from '../partitions/store-batch.ts';
import { followLog, generationOf, takeUp } from '../partitions/take-up.ts';

/** What a round needs beyond the archive's parts. `connection` is for reading alone: its replies are large. */
export type RoundDeps = ArchiveDeps &
  Readonly<{
    connection: Bus['redis'];
    /** How often the connection was lost: after that the log may be another than the one that was read. */
    breaks: () => number;
    /** Storing waits for Postgres: its time counts with that wait. */
    work: WorkMeter;
    batchEntries: number;
    failures: Failures;
    onFailed(held: HeldPartition, error: unknown): void;
  }>;

/** Of one topic and partition in one transaction: about 5,000 bars, or 200 packed entries of the log. */
const MAX_BATCH_BYTES = 2 * 1024 * 1024;
const COMPARE_EVERY_MS = 5000;

type Ready = Readonly<{ held: HeldPartition; state: PartitionState; upstream: number | undefined }>;

/** Brings a partition to where it can be read: anew after a failure, and in step with the log's generation. */
async function makeReady(deps: RoundDeps, held: HeldPartition, generation: number): Promise<Ready | undefined> {
  const nowMs = deps.bus.clock.nowMs();
  if (held.isLost || !held.lease.valid() || nowMs < held.retryAtMs) return undefined;
  let state = held.state ?? (await takeUp(deps, held.lease));
  const breaks = deps.breaks();
  if (generation !== state.generation || nowMs - held.comparedAtMs >= COMPARE_EVERY_MS || held.comparedBreaks !== breaks) {
    state = await followLog(deps, state, generation);
    held.comparedAtMs = nowMs;
    held.comparedBreaks = breaks;
  }
  held.state = state;
  // Asked before the topics are read: what is written up to there is then in what is read.
  return { held, state, upstream: await leastUpstream(deps.bus, held.lease.partition) };
}

async function guarded<T>(deps: RoundDeps, held: HeldPartition, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    held.state = undefined;
    deps.onFailed(held, error);
    return undefined;
  }
}

function readAll(deps: RoundDeps, ready: readonly Ready[]): ReturnType<typeof readStreams> {
  const cursors = new Map<string, string>();
  for (const { held, state } of ready) {
    for (const topic of archivedTopics) cursors.set(deps.bus.keys.topic(topic, held.lease.partition), state.cursors[topic].position);
  }
  return readStreams(deps.connection, { cursors, count: deps.batchEntries });
}

/** Returns the first entries that one transaction can store well within its deadlines; one at least, however large. */
function withinBytes(entries: readonly RawEntry[]): readonly RawEntry[] {
  let bytes = 0;
  const end = entries.findIndex((entry, index) => {
    bytes += segmentEntryBytes(entry);
    return index > 0 && bytes > MAX_BATCH_BYTES;
  });
  return end === -1 ? entries : entries.slice(0, end);
}

async function storeOne(deps: RoundDeps, { held, upstream }: Ready, found: Awaited<ReturnType<typeof readStreams>>): Promise<boolean> {
  const batch = new Map<ArchivedTopic, Batch extends ReadonlyMap<ArchivedTopic, infer Entries> ? Entries : never>();
  const unfinished = new Set<ArchivedTopic>();
  for (const topic of archivedTopics) {
    const read = found.get(deps.bus.keys.topic(topic, held.lease.partition)) ?? [];
    const entries = withinBytes(read);
    if (entries.length > 0) batch.set(topic, entries);
    if (read.length >= deps.batchEntries || entries.length < read.length) unfinished.add(topic);
  }
  const sinceMs = performance.now();
  await guarded(deps, held, async () => {
    await onEntries(deps)(held, batch, { unfinished, upstream });
    deps.work.add(held.lease.partition, performance.now() - sinceMs, batch.get('market')?.length ?? 0);
    held.backoff.reset();
    deps.failures.forget(held.lease.partition);
  });
  return unfinished.size > 0 && held.state !== undefined;
}

/** Looks once at all topics of the partitions of one slot and stores what is new. Returns whether there is more to come at once. */
export async function slotRound(deps: RoundDeps, partitions: readonly HeldPartition[]): Promise<boolean> {
  const [first] = partitions;
  if (first === undefined) return false;
  const generation = await generationOf(deps, slotOf(first.lease.partition));
  const ready: Ready[] = [];
  for (const held of partitions) {
    const one = await guarded(deps, held, () => makeReady(deps, held, generation));
    if (one !== undefined) ready.push(one);
  }
  if (ready.length === 0) return false;
  const found = await readAll(deps, ready);
  // What came over another connection than was compared is read again.
  if (ready.some(({ held }) => held.comparedBreaks !== deps.breaks())) return true;
  let hasMore = false;
  for (const one of ready) hasMore = (await storeOne(deps, one, found)) || hasMore;
  return hasMore;
}
