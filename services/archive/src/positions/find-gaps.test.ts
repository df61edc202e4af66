import { describe, expect, it } from '@jest/globals';
import type { RawEntry } from '@signal/bus';
import { findGaps } from './find-gaps.ts';

const entry = (id: string, prev?: string): RawEntry => ({ id, fields: new Map(prev === undefined ? [] : [['prev', Buffer.from(prev)]]) });
const at = (position: string): { position: string; entries: number } => ({ position, entries: 0 });

describe('findGaps', () => {
  it('finds none in entries that name each other', () => {
    expect(findGaps('bars', at('4-0'), [entry('6-0', '4-0'), entry('6-1', '6-0'), entry('9-0', '6-1')])).toEqual([]);
  });

  it('finds entries that are missing before the first and between two', () => {
    expect(findGaps('bars', at('4-0'), [entry('9-0', '6-0'), entry('12-0', '11-0')])).toEqual([
      { topic: 'bars', afterId: '4-0', nextId: '9-0', reason: 'missing' },
      { topic: 'bars', afterId: '9-0', nextId: '12-0', reason: 'missing' },
    ]);
  });

  it('finds none behind a position that a rollback set between two entries', () => {
    expect(findGaps('bars', at('6-4294967295'), [entry('8-0', '5-0')])).toEqual([]);
  });

  it('takes an entry that names nothing for a gap', () => {
    expect(findGaps('bars', at('4-0'), [entry('5-0')])).toHaveLength(1);
  });
});
