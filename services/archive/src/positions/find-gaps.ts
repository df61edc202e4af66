import { compareIds, type RawEntry } from '@signal/bus';
import type { ArchivedTopic, Cursor } from '../partitions/partition-state.ts';

/** Something that was not there to be stored: entries between two ids, or what a rollback took back. */
export type Gap = Readonly<{ topic: ArchivedTopic; afterId: string; nextId: string; reason: 'missing' | 'rollback' }>;

/**
 * Returns where the entries of a topic do not follow each other: each names the id before it as `prev`, and one that names a later
 * id than the last stored says that the entries between were trimmed or deleted unread.
 */
export function findGaps(topic: ArchivedTopic, from: Cursor, entries: readonly RawEntry[]): readonly Gap[] {
  const gaps: Gap[] = [];
  let last = from.position;
  for (const { id, fields } of entries) {
    const prev = String(fields.get('prev') ?? '');
    if (prev === '' || compareIds(prev, last) > 0) gaps.push({ topic, afterId: last, nextId: id, reason: 'missing' });
    last = id;
  }
  return gaps;
}
