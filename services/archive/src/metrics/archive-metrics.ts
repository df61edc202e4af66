import type { Metrics } from '@signal/kernel';
import { Counter } from 'prom-client';

/** What the archive counts beyond the metrics of every service. */
export type ArchiveMetrics = Readonly<{
  rowsTotal: Counter<'table'>;
  /** Segments of the log that became an object. */
  segmentsTotal: Counter;
  /** Times at which something was missing from a topic or taken back. Never 0 without an alarm. */
  gapsTotal: Counter<'topic' | 'reason'>;
  common: Metrics;
}>;

/** Adds the archive's counters to the metrics of its process. */
export function createArchiveMetrics(common: Metrics): ArchiveMetrics {
  const registers = [common.registry];
  return {
    common,
    rowsTotal: new Counter({ name: 'signal_archive_rows_total', help: 'Rows committed to Postgres', labelNames: ['table'], registers }),
    segmentsTotal: new Counter({ name: 'signal_archive_segments_total', help: 'Closed segments of the log', registers }),
    gapsTotal: new Counter({
      name: 'signal_archive_gaps_total',
      help: 'Gaps and rollbacks found in a topic',
      labelNames: ['topic', 'reason'],
      registers,
    }),
  };
}
