import { describe, expect, it } from '@jest/globals';
import { parseScale } from './scale.ts';
import { parseStart, replaySpan, type StartFlags } from './start-flags.ts';

const start = (...argv: string[]): StartFlags => {
  const flags = parseStart(argv);
  if (flags === 'help') throw new RangeError('help');
  return flags;
};
const usage = (words: string): unknown => expect.objectContaining({ code: 'usage', message: expect.stringContaining(words) });

describe('parseStart', () => {
  it('replays at 60 on port 8080 when nothing is said', () => {
    expect(start()).toMatchObject({
      port: 8080,
      feed: { kind: 'replay' },
      speed: '60',
      once: false,
      fresh: false,
      dashboard: true,
      partitions: undefined,
    });
  });

  it('takes every flag of the contract', () => {
    const flags = start(
      '--port',
      '9000',
      '--data',
      '/d',
      '--speed',
      'max',
      '--partitions',
      '32',
      '--scale',
      'indicator=2,greeks=3',
      '--no-dashboard',
      '--once',
      '--fresh',
    );
    expect(flags).toMatchObject({ port: 9000, data: '/d', speed: 'max', partitions: 32, once: true, fresh: true, dashboard: false });
    expect([...flags.scale]).toEqual([
      ['indicator', 2],
      ['greeks', 3],
    ]);
    expect(start('--feed', 'csv:/a.csv', '--interval', '5m')).toMatchObject({ feed: { kind: 'csv', path: '/a.csv' }, interval: '5m' });
    expect(parseStart(['--help'])).toBe('help');
  });

  it.each([
    [['--nope'], '--nope'],
    [['word'], '"word"'],
    [['--port'], '--port'],
    [['--port', '0'], '--port is "0"'],
    [['--port', '65536'], '65536'],
    [['--port', '80', '--port', '81'], 'twice'],
    [['--speed', 'fast'], '--speed is "fast"'],
    [['--speed', '0'], '--speed'],
    [['--speed', '-5'], '--speed is "-5"'],
    [['--partitions', '8'], '--partitions is "8"'],
    [['--from', '2018-13-01'], '--from'],
    [['--from', '2018-02-30'], '--from'],
    [['--from', '2018-12-31', '--to', '2018-12-28'], 'after --to'],
    [['--feed', 'ccxt'], '--feed is "ccxt"'],
    [['--feed', 'csv:'], '--feed'],
    [['--feed', 'push', '--once'], '--once'],
    [['--feed', 'push', '--from', '2018-12-28'], '--from belongs'],
    [['--interval', '1m'], '--interval belongs'],
    [['--feed', 'csv:a', '--interval', '1x'], '--interval'],
    [['--scale', 'gateway=2'], 'gateway=2'],
    [['--once=yes'], '--once'],
  ])('refuses %j as usage', (argv, words) => {
    expect(() => parseStart(argv)).toThrow(usage(words));
  });
});

describe('replaySpan', () => {
  it('is the two weeks to the last recorded day, without an end', () => {
    expect(replaySpan(start())).toEqual({ from: '2018-12-17', to: '2018-12-31', end: undefined });
  });

  it('is two sessions with an end under --once', () => {
    expect(replaySpan(start('--once'))).toEqual({ from: '2018-12-28', to: '2018-12-31', end: '2018-12-31' });
  });

  it('ends at a given --to', () => {
    expect(replaySpan(start('--to', '2018-12-20'))).toMatchObject({ end: '2018-12-20' });
  });
});

describe('parseScale', () => {
  it.each(['indicator', 'indicator=0', 'indicator=17', 'indicator=1=2', 'indicator=1,indicator=2', 'x=1', ','])('refuses %j', (text) => {
    expect(() => parseScale(text)).toThrow(usage('--scale'));
  });
});
