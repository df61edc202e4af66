import { describe, expect, it } from '@jest/globals';
import type { RawEntry } from '@signal/bus';
import { encodeMarketBody } from '@signal/contracts';
import fc from 'fast-check';
import { noSegment, type OpenSegment, planSegments, type SegmentPiece } from './plan-segments.ts';

const HOUR_MS = 3_600_000;

const entry = (n: number, tMs?: number): RawEntry => {
  const { head, d } = encodeMarketBody(
    tMs === undefined ? [{ kind: 'plan-stop', instrument: 'A:B', interval: '1m', expression: 'x' }] : [{ kind: 'mark', feed: 'f', tMs }],
  );
  return {
    id: `${n}-0`,
    fields: new Map([
      ['head', Buffer.from(head)],
      ['d', d],
    ]),
  };
};

/** Segments as lists of ids, the open one last, from pieces in the order of their commits. */
const segmentsOf = (pieces: readonly SegmentPiece[]): readonly (readonly string[])[] => {
  const segments: string[][] = [[]];
  for (const { entries, isLast } of pieces) {
    segments.at(-1)?.push(...entries.map(({ id }) => id));
    if (isLast) segments.push([]);
  }
  return segments;
};

describe('planSegments', () => {
  it('begins a segment with each event hour', () => {
    const { pieces, open } = planSegments(noSegment, [entry(1, 10), entry(2, HOUR_MS), entry(3, HOUR_MS + 5), entry(4, 2 * HOUR_MS)], 1e9);
    expect(segmentsOf(pieces)).toEqual([['1-0'], ['2-0', '3-0'], ['4-0']]);
    expect(open).toMatchObject({ hourMs: 2 * HOUR_MS, entries: 1 });
  });

  it('keeps an entry without a mark in the hour before it', () => {
    const { pieces } = planSegments(noSegment, [entry(1, HOUR_MS), entry(2), entry(3, 2 * HOUR_MS)], 1e9);
    expect(pieces.map(({ hourMs, entries }) => [hourMs, entries.length])).toEqual([
      [HOUR_MS, 2],
      [2 * HOUR_MS, 1],
    ]);
  });

  it('never goes back to an earlier hour when two feeds differ', () => {
    const { pieces } = planSegments(noSegment, [entry(1, 2 * HOUR_MS), entry(2, HOUR_MS), entry(3, 2 * HOUR_MS)], 1e9);
    expect(segmentsOf(pieces)).toEqual([['1-0', '2-0', '3-0']]);
  });

  it('closes a segment that was stored before with no entry of this batch', () => {
    const open: OpenSegment = { hourMs: 0, rawBytes: 100, entries: 3 };
    const { pieces } = planSegments(open, [entry(4, HOUR_MS)], 1e9);
    expect(pieces.map(({ isLast, entries }) => [isLast, entries.length])).toEqual([
      [true, 0],
      [false, 1],
    ]);
  });

  it('cuts alike however the log is cut into batches', () => {
    const log = fc.array(fc.record({ step: fc.integer({ min: 0, max: HOUR_MS }), hasMark: fc.boolean() }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(log, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 20 }), (steps, sizes) => {
        let tMs = 0;
        const entries = steps.map(({ step, hasMark }, at) => entry(at + 1, hasMark ? (tMs += step) : undefined));
        const whole = segmentsOf(planSegments(noSegment, entries, 700).pieces);
        const pieces: SegmentPiece[] = [];
        let open = noSegment;
        for (let at = 0, turn = 0; at < entries.length; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 1;
          const plan = planSegments(open, entries.slice(at, at + size), 700);
          pieces.push(...plan.pieces);
          open = plan.open;
          at += size;
        }
        expect(segmentsOf(pieces)).toEqual(whole);
      }),
    );
  });
});
