import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** A process's metrics. Names and labels are the contract's; a service adds its own to `registry`. */
export type Metrics = Readonly<{
  registry: Registry;
  /** Entries between the end of a topic and a service's committed position. */
  streamLagEntries: Gauge<'service' | 'topic'>;
  /** Age of the oldest entry that a service has not committed. */
  streamLagSeconds: Gauge<'service' | 'topic'>;
  /** Records a service took, by outcome: `accepted`, `published`, `duplicate`, `rejected` … */
  recordsTotal: Counter<'service' | 'outcome'>;
  deadLettersTotal: Counter<'service'>;
  /** From the flush of a market entry to the commit of the signals derived from it. */
  tickToSignalSeconds: Histogram;
  /** Partitions won or lost, by reason. */
  partitionMovesTotal: Counter<'service' | 'reason'>;
  /** From the lease of a partition to its restored state: snapshot and log since. */
  restoreSeconds: Histogram<'service'>;
  /** Entries that the next owner of a partition would fold again, of the partition where they are most. */
  snapshotAgeEntries: Gauge<'service'>;
  /** Requests that were shed, by class. */
  shedTotal: Counter<'class'>;
  /** 0 closed, 1 half open, 2 open. */
  breakerState: Gauge<'dependency'>;
}>;

const latencyBucketsSeconds = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];

/** Returns the metrics of a process in a registry of their own; `processMetrics` adds memory, CPU and event-loop figures. */
export function createMetrics(options: Readonly<{ service: string; member: string; processMetrics?: boolean }>): Metrics {
  const registry = new Registry();
  const registers = [registry];
  if (options.processMetrics === true) collectDefaultMetrics({ register: registry });
  const member = new Gauge({ name: 'signal_member_info', help: 'The member of this process', labelNames: ['service', 'member'], registers });
  member.set({ service: options.service, member: options.member }, 1);
  return {
    registry,
    streamLagEntries: new Gauge({
      name: 'signal_stream_lag_entries',
      help: 'Entries not yet committed',
      labelNames: ['service', 'topic'],
      registers,
    }),
    streamLagSeconds: new Gauge({
      name: 'signal_stream_lag_seconds',
      help: 'Age of the oldest entry not yet committed',
      labelNames: ['service', 'topic'],
      registers,
    }),
    recordsTotal: new Counter({ name: 'signal_records_total', help: 'Records by outcome', labelNames: ['service', 'outcome'], registers }),
    deadLettersTotal: new Counter({ name: 'signal_dead_letters_total', help: 'Records dead-lettered', labelNames: ['service'], registers }),
    tickToSignalSeconds: new Histogram({
      name: 'signal_tick_to_signal_seconds',
      help: 'From flush to committed signal',
      buckets: latencyBucketsSeconds,
      registers,
    }),
    partitionMovesTotal: new Counter({
      name: 'signal_partition_moves_total',
      help: 'Partitions won or lost',
      labelNames: ['service', 'reason'],
      registers,
    }),
    restoreSeconds: new Histogram({
      name: 'signal_restore_seconds',
      help: 'From lease to restored state of a partition',
      labelNames: ['service'],
      buckets: latencyBucketsSeconds,
      registers,
    }),
    snapshotAgeEntries: new Gauge({
      name: 'signal_snapshot_age_entries',
      help: 'Entries since the newest stored snapshot, of the partition where they are most',
      labelNames: ['service'],
      registers,
    }),
    shedTotal: new Counter({ name: 'signal_shed_total', help: 'Requests shed', labelNames: ['class'], registers }),
    breakerState: new Gauge({ name: 'signal_breaker_state', help: '0 closed, 1 half open, 2 open', labelNames: ['dependency'], registers }),
  };
}
