import type { Bus } from '@signal/bus';
import type { Logger } from '@signal/kernel';
import type { ObjectStore, Postgres } from '@signal/store';
import type { ArchiveMetrics } from '../metrics/archive-metrics.ts';

/** What the parts of the archive work with. */
export type ArchiveDeps = Readonly<{
  bus: Bus;
  postgres: Postgres;
  objects: ObjectStore;
  log: Logger;
  metrics: ArchiveMetrics;
  /** Size before compression above which a segment is closed within its hour. */
  segmentBytes: number;
}>;
