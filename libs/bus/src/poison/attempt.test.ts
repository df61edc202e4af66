import { describe, expect, it } from '@jest/globals';
import { type Attempt, formatAttempt, nextAttempt, parseAttempt } from './attempt.ts';

describe('an attempt', () => {
  it('goes from the batch to the entry, and then counts deaths at what it names', () => {
    const stages: unknown[] = [];
    let attempt: Attempt | undefined;
    for (let owners = 0; owners < 4; owners += 1) {
      attempt = nextAttempt(attempt, owners === 0 ? 40 : 7);
      stages.push([attempt.stage, attempt.deaths, attempt.total, attempt.entries]);
    }
    expect(stages).toEqual([
      ['batch', 0, 0, 40],
      ['entry', 0, 1, 40],
      ['entry', 1, 2, 40],
      ['entry', 2, 3, 40],
    ]);
  });

  it('keeps to the record that an owner was cut off at', () => {
    const before: Attempt = { stage: 'record', index: 7, deaths: 1, total: 4, entries: 1, culprits: [2] };
    expect(nextAttempt(before, 9)).toEqual({ ...before, deaths: 2, total: 5 });
  });

  it('is read back at its own position only', () => {
    const attempt: Attempt = { stage: 'whole', index: -1, deaths: 1, total: 4, entries: 1, culprits: [2] };
    const text = formatAttempt('12-0', attempt);
    expect(parseAttempt(text, '12-0')).toEqual(attempt);
    expect(parseAttempt(text, '13-0')).toBeUndefined();
    expect(parseAttempt('', '0-0')).toBeUndefined();
  });
});
