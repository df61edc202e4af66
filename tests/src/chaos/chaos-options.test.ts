import { describe, expect, it } from '@jest/globals';
import { chaosOptions } from './chaos-options.ts';

describe('npm run chaos', () => {
  it('takes kills, seed, lease ttl and members', () => {
    expect(chaosOptions(['--kills', '200', '--seed', '7', '--members', 'indicator=3'])).toMatchObject({
      kills: 200,
      seed: 7,
      leaseTtlMs: 300,
      members: { ingest: 2, indicator: 3, gateway: 1 },
    });
    expect(chaosOptions(['--help'])).toBeUndefined();
  });

  it.each([
    ['--kills', '0'],
    ['--kills', 'x'],
    ['--seed', '-1'],
    ['--members', 'kitchen=2'],
    ['--speed', '0'],
    ['--redis', 'cluster'],
    ['--frobnicate'],
  ])('refuses %s %s', (...argv) => {
    expect(() => chaosOptions(argv)).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});
