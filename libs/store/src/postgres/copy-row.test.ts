import { describe, expect, it } from '@jest/globals';
import { copyRow } from './copy-row.ts';

describe('copyRow', () => {
  it('writes one line of COPY text', () => {
    expect(copyRow(['a\tb', 1.5, true, false, null, undefined, 7n, { a: '\\' }, ['x']])).toBe(
      'a\\tb\t1.5\tt\tf\t\\N\t\\N\t7\t{"a":"\\\\\\\\"}\t["x"]\n',
    );
  });

  it('keeps the sign of zero', () => {
    expect(copyRow([-0, 0])).toBe('-0\t0\n');
  });

  it.each([
    ['NUL', 'a\u0000b'],
    ['half a surrogate pair', '\ud800'],
    ['a NUL inside JSON', { a: '\u0000' }],
  ])('refuses %s', (_what, value) => {
    expect(() => copyRow([value])).toThrow(expect.objectContaining({ code: 'argument_invalid' }));
  });
});
