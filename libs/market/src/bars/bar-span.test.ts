import { describe, expect, it } from '@jest/globals';
import { parseInterval } from '@signal/contracts';
import { barSpan, nominalMs } from './bar-span.ts';

const at = (text: string): number => Date.parse(text);
const spanOf = (interval: string, venue: string, text: string): string => {
  const span = barSpan(parseInterval(interval), venue, at(text));
  const short = (tMs: number): string => new Date(tMs).toISOString().slice(0, 16);
  return span === undefined ? 'none' : `${short(span.startMs)} ${short(span.endMs)} ${span.session}`;
};

describe('barSpan', () => {
  it('counts from the open of the session and cuts the last bar at its close', () => {
    expect(spanOf('1h', 'NASDAQ', '2018-12-31T14:30Z')).toBe('2018-12-31T14:30 2018-12-31T15:30 ');
    expect(spanOf('1h', 'NASDAQ', '2018-12-31T20:59Z')).toBe('2018-12-31T20:30 2018-12-31T21:00 ');
    expect(spanOf('4h', 'INDEX', '2018-12-24T17:00Z')).toBe('2018-12-24T14:30 2018-12-24T18:00 ');
    expect(spanOf('7m', 'INDEX', '2018-12-31T14:44Z')).toBe('2018-12-31T14:44 2018-12-31T14:51 ');
  });

  it('has no bar outside the session', () => {
    expect(spanOf('1m', 'INDEX', '2018-12-31T21:00Z')).toBe('none');
    expect(spanOf('1d', 'COMM', '2018-12-05T16:00Z')).toBe('none');
  });

  it('stamps a day with its open and names its session', () => {
    expect(spanOf('1d', 'INDEX', '2018-12-24T17:00Z')).toBe('2018-12-24T14:30 2018-12-24T18:00 2018-12-24');
  });

  it('stamps a week with the open of its first session, a holiday on Monday or not', () => {
    expect(spanOf('1w', 'INDEX', '2018-12-20T17:00Z')).toBe('2018-12-17T14:30 2018-12-21T21:00 2018-12-17');
    expect(spanOf('1w', 'INDEX', '2018-09-06T17:00Z')).toBe('2018-09-04T13:30 2018-09-07T20:00 2018-09-04');
    expect(spanOf('1w', 'INDEX', '2018-12-31T17:00Z')).toBe('2018-12-31T14:30 2019-01-04T21:00 2018-12-31');
  });

  it('stamps a month with the open of its first session', () => {
    expect(spanOf('1M', 'INDEX', '2019-01-20T17:00Z')).toBe('none');
    expect(spanOf('1M', 'INDEX', '2019-01-22T17:00Z')).toBe('2019-01-02T14:30 2019-01-31T21:00 2019-01-02');
    expect(spanOf('3M', 'INDEX', '2019-02-22T17:00Z')).toBe('2019-01-02T14:30 2019-03-29T20:00 2019-01-02');
  });

  it('keeps UTC days where a venue never closes', () => {
    expect(spanOf('4h', 'TEST', '2018-12-30T21:10Z')).toBe('2018-12-30T20:00 2018-12-31T00:00 ');
    expect(spanOf('1d', 'BINANCE', '2018-12-30T21:10Z')).toBe('2018-12-30T00:00 2018-12-31T00:00 2018-12-30');
    expect(spanOf('1w', 'BINANCE', '2018-12-30T21:10Z')).toBe('2018-12-24T00:00 2018-12-31T00:00 2018-12-24');
  });

  it('keeps the foreign exchange day from 17:00 to 17:00', () => {
    expect(spanOf('1h', 'FX', '2018-12-09T22:10Z')).toBe('2018-12-09T22:00 2018-12-09T23:00 ');
    expect(spanOf('1d', 'FX', '2018-12-09T22:10Z')).toBe('2018-12-09T22:00 2018-12-10T22:00 2018-12-10');
    expect(spanOf('1w', 'FX', '2018-12-14T21:10Z')).toBe('2018-12-09T22:00 2018-12-14T22:00 2018-12-10');
  });

  it('lays blocks of days without a gap', () => {
    expect(spanOf('5d', 'INDEX', '2018-12-20T17:00Z')).toBe(spanOf('1w', 'INDEX', '2018-12-20T17:00Z'));
    expect(spanOf('2d', 'BINANCE', '2018-12-30T21:10Z').slice(17, 33)).toBe(spanOf('2d', 'BINANCE', '2019-01-01T01:00Z').slice(0, 16));
  });

  it('orders intervals by length', () => {
    const lengths = ['1s', '90s', '2m', '1h', '1d', '1w', '1M', '2M'].map((text) => nominalMs(parseInterval(text)));
    expect(lengths).toEqual([...lengths].sort((a, b) => a - b));
  });
});
