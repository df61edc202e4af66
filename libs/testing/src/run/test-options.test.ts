import { describe, expect, it } from '@jest/globals';
import { testOptions } from './test-options.ts';

describe('npm test', () => {
  it('measures coverage on a whole run only', () => {
    expect(testOptions([])).toEqual({ patterns: [], title: undefined, coverage: true });
    expect(testOptions(['--no-coverage']).coverage).toBe(false);
    expect(testOptions(['libs/bus', '-t', 'a claim'])).toEqual({ patterns: ['libs/bus'], title: 'a claim', coverage: false });
  });

  it('refuses a flag that it does not know', () => {
    expect(() => testOptions(['--watch'])).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});
