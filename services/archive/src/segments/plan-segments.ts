import { type RawEntry, sequenceOf } from '@signal/bus';
import { segmentEntryBytes } from '@signal/store';
import { eventHourOf } from './event-hour.ts';

/** The segment that is being filled. `hourMs` outlives it: an entry without a mark belongs to the hour before it. */
export type OpenSegment = Readonly<{ hourMs: number; rawBytes: number; entries: number }>;

/** Entries that one commit adds to a segment. `isLast`: the segment is complete with them. They may be none, then it is only closed. */
export type SegmentPiece = Readonly<{ hourMs: number; entries: readonly RawEntry[]; rawBytes: number; isLast: boolean }>;

/** What a batch does to the segments of its partition. */
export type SegmentPlan = Readonly<{ pieces: readonly SegmentPiece[]; open: OpenSegment }>;

/** Before the first segment: the hour of entries that come before the first mark. */
export const noSegment: OpenSegment = { hourMs: 0, rawBytes: 0, entries: 0 };

/** Returns the sequences of the first and the last of some entries. */
export function rangeOfEntries(entries: readonly Pick<RawEntry, 'id'>[]): Readonly<{ fromN: number; toN: number }> {
  return { fromN: sequenceOf(entries[0]?.id ?? '0'), toN: sequenceOf(entries.at(-1)?.id ?? '0') };
}

/**
 * Cuts a batch of `market` into pieces of segments: a new one begins with each event hour, and when the next entry would make it
 * larger than `maxRawBytes`. Where it cuts depends on the log alone, so that any owner cuts alike.
 */
export function planSegments(open: OpenSegment, entries: readonly RawEntry[], maxRawBytes: number): SegmentPlan {
  const pieces: SegmentPiece[] = [];
  let segment = open;
  let piece: RawEntry[] = [];
  let pieceBytes = 0;
  const cut = (isLast: boolean): void => {
    if (piece.length > 0 || isLast) pieces.push({ hourMs: segment.hourMs, entries: piece, rawBytes: pieceBytes, isLast });
    piece = [];
    pieceBytes = 0;
  };
  for (const entry of entries) {
    const bytes = segmentEntryBytes(entry);
    const hourMs = Math.max(segment.hourMs, eventHourOf(entry) ?? 0);
    if (segment.entries > 0 && (hourMs !== segment.hourMs || segment.rawBytes + bytes > maxRawBytes)) {
      cut(true);
      segment = { hourMs, rawBytes: 0, entries: 0 };
    }
    segment = { hourMs, rawBytes: segment.rawBytes + bytes, entries: segment.entries + 1 };
    piece.push(entry);
    pieceBytes += bytes;
  }
  cut(false);
  return { pieces, open: segment };
}
