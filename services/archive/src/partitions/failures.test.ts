import { describe, expect, it } from '@jest/globals';
import { createFailures } from './failures.ts';

describe('failures', () => {
  it('last from the first of a row until the partition is well', () => {
    const failures = createFailures();
    expect(failures.note(3, { atMs: 1000, message: 'a' })).toBe(true);
    expect(failures.note(3, { atMs: 5000, message: 'b' })).toBe(false);
    expect(failures.lastingSince(999)).toBeUndefined();
    expect(failures.lastingSince(1000)).toBe('partition 3 cannot be archived: b');
    failures.forget(3);
    expect(failures.lastingSince(9000)).toBeUndefined();
  });
});
