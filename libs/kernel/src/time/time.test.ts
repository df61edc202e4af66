import { describe, expect, it } from '@jest/globals';
import { createBackoff } from './backoff.ts';
import { systemClock } from './clock.ts';
import { withDeadline } from './with-deadline.ts';

describe('createBackoff', () => {
  it('doubles up to its cap and begins again after a reset', () => {
    const backoff = createBackoff({ baseMs: 100, maxMs: 500, random: () => 0 });
    expect([backoff.nextMs(), backoff.nextMs(), backoff.nextMs(), backoff.nextMs()]).toEqual([100, 200, 400, 500]);
    backoff.reset();
    expect(backoff.nextMs()).toBe(100);
  });

  it('takes at most half of a wait off', () => {
    const backoff = createBackoff({ baseMs: 100, maxMs: 100, random: () => 1 });
    expect(backoff.nextMs()).toBe(50);
  });
});

describe('withDeadline', () => {
  it('passes on what comes in time', async () => {
    expect(await withDeadline(Promise.resolve(7), 1000, 'seven')).toBe(7);
  });

  it('passes on a failure that comes in time', async () => {
    await expect(withDeadline(Promise.reject(new RangeError('x')), 1000, 'a failure')).rejects.toBeInstanceOf(RangeError);
  });

  it('names what did not come in time', async () => {
    const never = Promise.withResolvers<void>().promise;
    await expect(withDeadline(never, 5, 'the answer')).rejects.toMatchObject({
      code: 'deadline_exceeded',
      message: 'the answer took longer than 5 ms',
    });
  });
});

describe('systemClock', () => {
  it('reads epoch milliseconds', () => {
    expect(systemClock.nowMs()).toBeGreaterThan(Date.parse('2024-01-01'));
  });
});
