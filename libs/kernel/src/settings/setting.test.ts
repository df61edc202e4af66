import { describe, expect, it } from '@jest/globals';
import { commonSettings } from './common-settings.ts';
import { choice, decimal, flag, list, redisAddress, text, url, wholeNumber } from './parsers.ts';
import { parseSettings } from './setting.ts';

describe('parseSettings', () => {
  it('takes given texts before defaults', () => {
    const values = parseSettings(commonSettings, { REDIS_URL: 'redis://127.0.0.1:1', PARTITIONS: '16' });
    expect(values).toMatchObject({ REDIS_URL: 'redis://127.0.0.1:1', PARTITIONS: 16, LEASE_TTL_MS: 2000, SIGNAL_NAMESPACE: '' });
  });

  it('names the setting, its text and the bound', () => {
    expect(() => parseSettings(commonSettings, { REDIS_URL: 'redis://x', PARTITIONS: 'abc' })).toThrow(
      expect.objectContaining({ code: 'setting_invalid', message: 'PARTITIONS is "abc", and must be a whole number from 16 to 1024' }),
    );
  });

  it('never shows the text of a secret', () => {
    expect(() => parseSettings(commonSettings, { REDIS_URL: 'hunter2' })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
    );
  });

  it('says which setting is missing', () => {
    expect(() => parseSettings(commonSettings, {})).toThrow(
      expect.objectContaining({ code: 'setting_missing', message: expect.stringContaining('REDIS_URL') }),
    );
  });
});

describe('setting parsers', () => {
  it.each([
    [wholeNumber(0, 9), '7', 7],
    [decimal(0, 2), '1.5e0', 1.5],
    [text(), '', ''],
    [url('http', 'https'), 'https://a/b', 'https://a/b'],
    [list(), ' rsi(14) , macd(12,26,9) ,', ['rsi(14)', 'macd(12,26,9)']],
    [flag(), 'true', true],
    [choice('a', 'b'), 'b', 'b'],
    [redisAddress(), '/tmp/redis.sock', '/tmp/redis.sock'],
    [redisAddress(), 'rediss://a', 'rediss://a'],
    [redisAddress(), 'redis://:key@a:1,b:2/', 'redis://:key@a:1,b:2/'],
  ] as const)('%p takes %p', (parse, given, expected) => {
    expect(parse(given)).toEqual(expected);
  });

  it.each([
    [wholeNumber(0, 9), ['10', '-1', '1.0', '0x1', '', ' 1']],
    [decimal(0, 2), ['2.1', 'NaN', '1,5', '']],
    [url('http'), ['ftp://a', 'a', '']],
    [flag(), ['yes', 'TRUE', '']],
    [choice('a'), ['A', '']],
    [redisAddress(), ['http://a', 'redis', 'redis://a,,b', 'redis://a:1,b:x', 'redis://a:1,b:2/3']],
  ] as const)('%p refuses %p', (parse, given) => {
    for (const wrong of given) expect(() => parse(wrong)).toThrow(expect.objectContaining({ code: 'setting_invalid' }));
  });
});
