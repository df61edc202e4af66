import type { RawEntry } from '@signal/bus';
import type { TransactionClient } from '@signal/store';
import { advancePosition } from '../positions/advance-position.ts';
import { findGaps, type Gap } from '../positions/find-gaps.ts';
import { copyRows } from '../rows/copy-rows.ts';
import { recordLosses } from '../rows/record-losses.ts';
import { barColumns, type Rejection, signalColumns, signalRows, type SignalRows } from '../rows/signal-rows.ts';
import { planSegments } from '../segments/plan-segments.ts';
import { prepareSegments, type SegmentWrites, writeSegments } from '../segments/store-segments.ts';
import type { ArchiveDeps } from './archive-deps.ts';
import { archivedTopics, type ArchivedTopic, type Cursor, type PartitionState } from './partition-state.ts';

/** New entries of a partition's topics, each in the order of its stream. Topics without any are absent. */
export type Batch = ReadonlyMap<ArchivedTopic, readonly RawEntry[]>;

type Prepared = Readonly<{ next: PartitionState; rows: SignalRows; gaps: readonly Gap[]; segments: SegmentWrites }>;

const noRows: SignalRows = { bars: [], signals: [], rejected: [] };

function rowsOf(partition: number, batch: Batch): SignalRows {
  let all = noRows;
  for (const [topic, entries] of batch) {
    if (topic === 'market') continue;
    const rows = signalRows(topic, partition, entries);
    all = { bars: [...all.bars, ...rows.bars], signals: [...all.signals, ...rows.signals], rejected: [...all.rejected, ...rows.rejected] };
  }
  return all;
}

const moved = (cursor: Cursor, entries: readonly RawEntry[] = []): Cursor => ({
  position: entries.at(-1)?.id ?? cursor.position,
  entries: cursor.entries + entries.length,
});

const lastOf = (batch: Batch): Pick<PartitionState, 'last'> => {
  const last = batch.get('market')?.at(-1);
  return last === undefined ? {} : { last };
};

async function prepare(deps: ArchiveDeps, state: PartitionState, batch: Batch): Promise<Prepared> {
  const { partition } = state.lease;
  const plan = planSegments(state.open, batch.get('market') ?? [], deps.segmentBytes);
  const { market, bars, indicators, scripts } = state.cursors;
  const cursors = {
    market: moved(market, batch.get('market')),
    bars: moved(bars, batch.get('bars')),
    indicators: moved(indicators, batch.get('indicators')),
    scripts: moved(scripts, batch.get('scripts')),
  };
  return {
    next: { ...state, cursors, open: plan.open, ...lastOf(batch) },
    rows: rowsOf(partition, batch),
    gaps: [...batch].flatMap(([topic, entries]) => findGaps(topic, state.cursors[topic], entries)),
    segments: await prepareSegments(deps, partition, plan.pieces),
  };
}

async function write(client: TransactionClient, state: PartitionState, { next, rows, gaps, segments }: Prepared): Promise<readonly Rejection[]> {
  // The positions first: their row locks keep any other owner out until this one has committed or died.
  for (const topic of archivedTopics) {
    const to = next.cursors[topic];
    if (to.position !== state.cursors[topic].position) await advancePosition(client, state, { topic, to, generation: state.generation });
  }
  const refusedBars = await copyRows(client, { table: 'bars', columns: barColumns }, rows.bars);
  const refusedSignals = await copyRows(client, { table: 'signals', columns: signalColumns }, rows.signals);
  await writeSegments(client, state.lease.partition, segments);
  const rejected = [...rows.rejected, ...refusedBars, ...refusedSignals];
  await recordLosses(client, state, { gaps, rejected });
  return rejected;
}

function report(
  deps: ArchiveDeps,
  state: PartitionState,
  { rows, gaps, segments, rejected }: Prepared & Readonly<{ rejected: readonly Rejection[] }>,
): void {
  const { partition } = state.lease;
  const { metrics, log } = deps;
  const refused = (topicIsBars: boolean): number => rejected.filter(({ topic }) => (topic === 'bars') === topicIsBars).length;
  const unread = rows.rejected.filter(({ topic }) => topic === 'bars').length;
  metrics.rowsTotal.inc({ table: 'bars' }, rows.bars.length - (refused(true) - unread));
  metrics.rowsTotal.inc({ table: 'signals' }, rows.signals.length - (refused(false) - (rows.rejected.length - unread)));
  metrics.segmentsTotal.inc(segments.closed.length);
  for (const gap of gaps) {
    metrics.gapsTotal.inc({ topic: gap.topic, reason: gap.reason });
    log.error({ partition, ...gap }, 'entries are missing from a topic and cannot be archived');
  }
  if (rejected.length === 0) return;
  metrics.common.deadLettersTotal.inc({ service: 'archive' }, rejected.length);
  log.warn({ partition, rejected: rejected.length, first: rejected[0] }, 'records could not be archived; see rejected_records');
}

/**
 * Stores a batch and moves the positions past it in one transaction, and returns where the partition stands then. Throws `fenced`
 * when another owner has it. After any throw the state must be read anew: the commit may have happened or not.
 */
export async function storeBatch(deps: ArchiveDeps, state: PartitionState, batch: Batch): Promise<PartitionState> {
  const prepared = await prepare(deps, state, batch);
  const rejected = await deps.postgres.transaction((client) => write(client, state, prepared));
  report(deps, state, { ...prepared, rejected });
  return prepared.next;
}
