import { describe, expect, it } from '@jest/globals';
import { parseSettings } from '@signal/kernel';
import { settings } from './config.ts';

const parse = (texts: Readonly<Record<string, string>>) => parseSettings(settings, { REDIS_URL: 'redis://127.0.0.1:1', ...texts });

describe('the settings of ingest', () => {
  it('play the replay with eleven intervals and two plans where nothing is said', () => {
    const values = parse({});
    expect(values.FEED).toEqual({ kind: 'replay' });
    expect(values.FEED_SPEED).toBe(60);
    expect(values.BAR_INTERVALS).toHaveLength(11);
    expect(values.DEFAULT_PLANS).toEqual([
      { instrument: 'INDEX:SPX', interval: '1m', expression: 'rsi(14)' },
      { instrument: 'INDEX:SPX', interval: '1m', expression: 'macd(12,26,9)' },
    ]);
  });

  it('name a file, a script and a speed', () => {
    const values = parse({ FEED: 'csv:/data/a.csv', FEED_SPEED: 'max', DEFAULT_SCRIPTS: 'scr_a@2|abc|INDEX:SPX|1m', FEED_INTERVAL: 'tick' });
    expect(values.FEED).toEqual({ kind: 'csv', path: '/data/a.csv' });
    expect(values.DEFAULT_SCRIPTS).toEqual([{ script: 'scr_a', version: 2, sha256: 'abc', instrument: 'INDEX:SPX', interval: '1m', params: {} }]);
    expect([values.FEED_SPEED, values.FEED_INTERVAL]).toEqual(['max', '1m']);
  });

  it.each([
    ['FEED', 'ccxt', 'replay, push or csv:PATH'],
    ['FEED_SPEED', '0', 'above 0'],
    ['FEED_FROM', '2018-13-01', 'YYYY-MM-DD'],
    ['BAR_INTERVALS', '1x', 'interval is "1x"'],
    ['DEFAULT_PLANS', 'INDEX:SPX|1m', 'INSTRUMENT|INTERVAL|EXPRESSION'],
    ['DEFAULT_SCRIPTS', 'scr_a|abc', 'SCRIPT@VERSION'],
  ])('refuse %s = %s and say why', (name, text, why) => {
    expect(() => parse({ [name]: text })).toThrow(why);
  });
});
