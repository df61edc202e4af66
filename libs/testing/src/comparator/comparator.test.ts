import { describe, expect, it } from '@jest/globals';
import { compareRecordings, isSame } from './compare-recordings.ts';
import type { RecordedSignal, Recording } from './recording.ts';

const signal = (seq: number, text = `text ${seq}`): RecordedSignal => ({ id: `${seq}-0`, seq, text });
const run = (...signals: readonly RecordedSignal[]): Recording => ({ signals: new Map([['bars TEST:SINE|1m|', signals]]), gaps: [] });
const undisturbed = run(signal(1), signal(2), signal(3));

describe('the comparator', () => {
  it('finds no difference between equal runs', () => {
    const difference = compareRecordings(undisturbed, run(signal(1), signal(2), signal(3)), { ids: true });
    expect(difference).toEqual({ compared: 3, lost: 0, doubled: 0, disordered: 0, differing: 0, first: [] });
    expect(isSame(difference)).toBe(true);
  });

  it.each([
    ['lost', run(signal(1), signal(3)), 'lost: bars TEST:SINE|1m| seq 2 (2-0): text 2'],
    ['lost', run(signal(1), signal(2)), 'lost: bars TEST:SINE|1m| seq 3 (3-0): text 3'],
    ['doubled', run(signal(1), signal(2), signal(2), signal(3)), 'doubled: bars TEST:SINE|1m| seq 2 again at 2-0'],
    ['disordered', run(signal(1), signal(3), signal(2)), 'disordered: bars TEST:SINE|1m| seq 2 at 2-0 after 3'],
    ['differing', run(signal(1), signal(2, 'other'), signal(3)), 'differing: bars TEST:SINE|1m| seq 2: other instead of text 2'],
    ['differing', run(signal(1), signal(2), signal(3), signal(4)), 'differing: bars TEST:SINE|1m| seq 4 (4-0) is in the other run only: text 4'],
  ] as const)('counts a signal that is %s, and names it', (fault, other, first) => {
    const difference = compareRecordings(undisturbed, other);
    expect(difference).toMatchObject({ lost: 0, doubled: 0, disordered: 0, differing: 0, [fault]: 1, first: [first] });
    expect(isSame(difference)).toBe(false);
  });

  it('compares entry ids where the runs are replays', () => {
    const other = run(signal(1), { ...signal(2), id: '9-0' }, signal(3));
    expect(isSame(compareRecordings(undisturbed, other))).toBe(true);
    expect(compareRecordings(undisturbed, other, { ids: true }).differing).toBe(1);
  });

  it('compares up to where both runs reach when asked to', () => {
    expect(compareRecordings(undisturbed, run(signal(1), signal(2)), { sharedOnly: true })).toMatchObject({ lost: 0, differing: 0 });
  });

  it('does not call two empty runs, or one that was not recorded whole, the same', () => {
    expect(isSame(compareRecordings(run(), run()))).toBe(false);
    expect(compareRecordings(undisturbed, { ...undisturbed, gaps: ['bars: 3-0 follows 2-0, and 0-0 was read last'] }).lost).toBe(1);
  });
});
