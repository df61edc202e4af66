import type { Lease } from '@signal/bus';
import type { Topic } from '@signal/contracts';
import type { SegmentEntry } from '@signal/store';
import type { OpenSegment } from '../segments/plan-segments.ts';

/** Topics that are stored, `market` as segments and the others as rows. */
export const archivedTopics = ['market', 'bars', 'indicators', 'scripts'] as const satisfies readonly Topic[];
/** A topic that is stored. */
export type ArchivedTopic = (typeof archivedTopics)[number];

/** How far a topic is stored: the id of the last entry, and how many entries that makes. */
export type Cursor = Readonly<{ position: string; entries: number }>;

/** Where an owned partition stands in Postgres. It is replaced after each commit, and read again after each failure. */
export type PartitionState = Readonly<{
  lease: Lease;
  generation: number;
  cursors: Readonly<Record<ArchivedTopic, Cursor>>;
  open: OpenSegment;
  /** The last stored entry of the log, when this owner stored it. */
  last?: SegmentEntry;
}>;
