import { countBreaks, createOwnership, createWorkMeter, openBus, type Ownership } from '@signal/bus';
import { isSignalError } from '@signal/contracts';
import type { Service, ServiceContext } from '@signal/kernel';
import { connectObjectStore, connectPostgres, migrate } from '@signal/store';
import type { settings } from './config.ts';
import { onAcquired } from './handlers/on-acquired.ts';
import { onLost } from './handlers/on-lost.ts';
import { createArchiveMetrics } from './metrics/archive-metrics.ts';
import { showLag } from './metrics/show-lag.ts';
import { READER } from './partitions/follow-in-redis.ts';
import { createFailures, type Failures } from './partitions/failures.ts';
import type { HeldPartition } from './partitions/held-partition.ts';
import { createArchiveLoop } from './reading/archive-loop.ts';

const DRAIN_WITHIN_MS = 5000;
const SHOW_LAG_EVERY_MS = 2000;
/** A partition may fail for this long (a restart of Postgres, a new primary) before the service calls itself unhealthy. */
const UNHEALTHY_AFTER_MS = 10_000;

type Context = ServiceContext<typeof settings>;
type Held = Map<number, HeldPartition>;

type FailureDeps = Readonly<{ context: Context; failures: Failures; giveUp(held: HeldPartition): void }>;

function failureHandler({ context, failures, giveUp }: FailureDeps): (held: HeldPartition, error: unknown) => void {
  return (held, error) => {
    const { partition } = held.lease;
    const nowMs = context.clock.nowMs();
    const isNew = failures.note(partition, { atMs: nowMs, message: String(error) });
    if (isNew) context.log.warn({ err: error, partition }, 'a partition could not be archived; it is tried again');
    held.retryAtMs = nowMs + held.backoff.nextMs();
    if (isSignalError(error, 'fenced')) giveUp(held);
  };
}

/** Shows the lag now and then, from the loop itself, so that nothing of it outlives the loop. */
function lagDisplay(show: () => Promise<void>): () => Promise<void> {
  let shownAtMs = Number.NEGATIVE_INFINITY;
  return async () => {
    if (performance.now() - shownAtMs < SHOW_LAG_EVERY_MS) return;
    shownAtMs = performance.now();
    await show();
  };
}

/** Returns the archive: it stores what stands in the topics of the partitions that it owns, once each, and answers nothing. */
export async function createArchiveService(context: Context): Promise<Service> {
  const { settings: values, log, clock, breakers } = context;
  const metrics = createArchiveMetrics(context.metrics);
  const postgres = connectPostgres({ url: values.DATABASE_URL, log, breakers });
  const objects = connectObjectStore({ url: values.S3_URL, breakers });
  const bus = await openBus(context);
  const held: Held = new Map();
  const failures = createFailures();
  const work = createWorkMeter();
  const deps = { bus, postgres, objects, log, metrics, segmentBytes: values.ARCHIVE_SEGMENT_BYTES };
  const ownership: Ownership = createOwnership(bus, {
    service: READER,
    info: { pid: process.pid, url: context.ops.url },
    onAcquired: onAcquired(held),
    takeWork: () => work.take(),
    onLost: onLost(held, failures),
  });
  const connection = bus.connect('archive:reading');
  const loop = createArchiveLoop({
    ...deps,
    held,
    connection,
    breaks: countBreaks(connection),
    work,
    batchEntries: values.ARCHIVE_BATCH_ENTRIES,
    flushMs: values.ARCHIVE_FLUSH_MS,
    failures,
    onFailed: failureHandler({ context, failures, giveUp: ({ lease }) => ownership.giveUp(lease, 'fenced') }),
    afterRound: lagDisplay(() => showLag(bus, metrics, [...held.values()])),
  });
  return {
    name: READER,
    start: async () => {
      await migrate(values.DATABASE_URL);
      await objects.ensureBucket();
      await ownership.start();
      loop.start();
    },
    stop: async () => {
      await loop.stop(DRAIN_WITHIN_MS);
      await ownership.stop();
      await bus.close();
      await postgres.close();
      objects.close();
    },
    unhealthy: () => ownership.unhealthy() ?? failures.lastingSince(clock.nowMs() - UNHEALTHY_AFTER_MS),
  };
}
