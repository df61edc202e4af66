import { describe, expect, it } from '@jest/globals';
import { createTestContext } from './create-test-context.ts';
import { fakeClock } from './fake-clock.ts';
import { until } from './until.ts';

describe('until', () => {
  it('returns the first truthy value', async () => {
    let asked = 0;
    expect(await until(() => (++asked > 2 ? 'there' : undefined), { what: 'it is there' })).toBe('there');
  });

  it('says what did not come to pass', async () => {
    await expect(until(() => false, { what: 'the moon is full', withinMs: 20 })).rejects.toMatchObject({
      code: 'deadline_exceeded',
      message: 'the moon is full: not within 20 ms',
    });
  });
});

describe('fakeClock', () => {
  it('moves only when told', () => {
    const clock = fakeClock(5);
    clock.advance(10);
    expect(clock.nowMs()).toBe(15);
    clock.set(3);
    expect(clock.nowMs()).toBe(3);
  });
});

describe('createTestContext', () => {
  it('gives texts over defaults', () => {
    const settings = { A: { doc: 'a', default: '1', parse: Number }, B: { doc: 'b', default: '2', parse: Number } };
    const context = createTestContext({ service: 'x', settings, texts: { B: '3' } });
    expect([context.settings.A, context.settings.B, context.member]).toEqual([1, 3, 'x-test']);
    context.breakers.close();
  });
});
