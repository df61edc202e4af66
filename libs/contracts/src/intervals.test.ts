import { describe, expect, it } from '@jest/globals';
import { clockMs, isDaily, parseInterval } from './intervals.ts';

describe('parseInterval', () => {
  it.each('1s 5s 15s 30s 1m 3m 5m 15m 30m 1h 2h 4h 1d 1w 1M 7m 90m 10d'.split(' '))('accepts %s', (text) => {
    expect(parseInterval(text).text).toBe(text);
  });

  it('tells a minute from a month', () => {
    expect(isDaily(parseInterval('1m'))).toBe(false);
    expect(isDaily(parseInterval('1M'))).toBe(true);
    expect(clockMs(parseInterval('15m'))).toBe(900_000);
    expect(clockMs(parseInterval('1M'))).toBeUndefined();
  });

  it.each(['', 'm', '0m', '01m', '1H', '1.5h', '-1m', '25h', '1441m', '1 m', '1y', '1000000s'])('refuses %j', (text) => {
    expect(() => parseInterval(text)).toThrow(expect.objectContaining({ code: 'interval_invalid' }));
  });
});
