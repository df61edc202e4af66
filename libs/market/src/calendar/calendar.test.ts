import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { DAY_MS, dateOf, dayOf } from './dates.ts';
import { isHalfDay, isTradingDay } from './holidays.ts';
import { newYorkDay, newYorkOffsetMs } from './new-york.ts';
import { sessionsOf } from './sessions.ts';

const data = new URL('../../../../services/ingest/data/', import.meta.url);
const datesOf = (file: string): string[] =>
  readFileSync(new URL(file, data), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.slice(0, 10));
const tradingDays = (from: string, to: string): string[] => {
  const days: string[] = [];
  for (let day = dayOf(from); day <= dayOf(to); day++) if (isTradingDay(day)) days.push(dateOf(day));
  return days;
};
const at = (text: string): number => Date.parse(text);

describe('the exchange calendar', () => {
  it.each(['INDEX_SPX.csv', 'INDEX_IXIC.csv', 'NASDAQ_AAPL.csv'])('has a session for every recorded date of %s, and no other', (file) => {
    const dates = datesOf(file);
    expect(tradingDays(dates[0] ?? '', dates.at(-1) ?? '')).toEqual(dates);
  });

  it('knows the half days that the exchange announced', () => {
    const announced = [
      '2012-07-03',
      '2013-11-29',
      '2015-11-27',
      '2016-11-25',
      '2017-07-03',
      '2018-07-03',
      '2018-11-23',
      '2018-12-24',
      '2019-12-24',
      '2024-07-03',
      '2025-07-03',
    ];
    expect(announced.filter((date) => !isHalfDay(dayOf(date)))).toEqual([]);
    const whole = ['2009-07-02', '2010-12-23', '2011-12-23', '2015-07-02', '2021-12-23', '2018-12-31'];
    expect(whole.filter((date) => isHalfDay(dayOf(date)))).toEqual([]);
  });

  it('is closed on the holidays to come that the exchange published', () => {
    const closed = ['2026-06-19', '2026-07-03', '2027-06-18', '2027-07-05', '2027-12-24', '2028-04-14', '2026-04-03'];
    expect(closed.filter((date) => isTradingDay(dayOf(date)))).toEqual([]);
    expect(isTradingDay(dayOf('2027-12-31'))).toBe(true);
  });

  it('opens at 09:30 and closes at 16:00 or 13:00 of New York', () => {
    const index = sessionsOf('INDEX');
    expect(index.byDate('2018-12-31')).toEqual({ session: '2018-12-31', opensMs: at('2018-12-31T14:30Z'), closesMs: at('2018-12-31T21:00Z') });
    expect(index.byDate('2018-12-24')?.closesMs).toBe(at('2018-12-24T18:00Z'));
    expect(index.byDate('2018-07-05')?.opensMs).toBe(at('2018-07-05T13:30Z'));
    expect(index.byDate('2018-12-05')).toBeUndefined();
  });

  it('is half-open, and finds the neighbours of a closed hour', () => {
    const index = sessionsOf('NASDAQ');
    expect(index.sessionAt(at('2018-12-31T14:29:59.999Z'))).toBeUndefined();
    expect(index.sessionAt(at('2018-12-31T14:30Z'))?.session).toBe('2018-12-31');
    expect(index.sessionAt(at('2018-12-31T21:00Z'))).toBeUndefined();
    expect(index.next(at('2018-12-31T14:30Z')).session).toBe('2019-01-02');
    expect(index.previous(at('2018-12-31T20:59Z')).session).toBe('2018-12-28');
    expect(index.previous(at('2018-12-31T21:00Z')).session).toBe('2018-12-31');
  });
});

describe('other calendars', () => {
  it('turns the foreign exchange day at 17:00 New York, from Sunday to Friday', () => {
    const fx = sessionsOf('FX');
    expect(fx.sessionAt(at('2018-12-09T21:59:59Z'))).toBeUndefined();
    expect(fx.sessionAt(at('2018-12-09T22:00Z'))?.session).toBe('2018-12-10');
    expect(fx.sessionAt(at('2018-12-14T21:59:59Z'))?.session).toBe('2018-12-14');
    expect(fx.sessionAt(at('2018-12-14T22:00Z'))).toBeUndefined();
    expect(fx.next(at('2018-12-14T22:00Z')).session).toBe('2018-12-17');
  });

  it('never closes elsewhere, and names UTC days', () => {
    const session = sessionsOf('BINANCE').sessionAt(at('2018-12-30T23:59:59Z'));
    expect(session).toEqual({ session: '2018-12-30', opensMs: at('2018-12-30T00:00Z'), closesMs: at('2018-12-31T00:00Z') });
  });
});

describe('New York time', () => {
  it('agrees with the time zone database every six hours of 1990 to 2030', () => {
    const clock = new Intl.DateTimeFormat('en-CA', { timeZone: 'America/New_York', hourCycle: 'h23', dateStyle: 'short', timeStyle: 'medium' });
    const wrong: string[] = [];
    for (let tMs = Date.UTC(1990, 0, 1); tMs < Date.UTC(2031, 0, 1); tMs += DAY_MS / 4 + 1_000) {
      const shown = clock.format(tMs).replace(', ', 'T');
      if (Date.parse(`${shown}Z`) !== tMs + newYorkOffsetMs(tMs)) wrong.push(`${new Date(tMs).toISOString()} ${shown}`);
    }
    expect(wrong).toEqual([]);
  });

  it('gives the date of the exchange, not of Greenwich', () => {
    expect(dateOf(newYorkDay(at('2018-12-31T04:59:59Z')))).toBe('2018-12-30');
    expect(dateOf(newYorkDay(at('2018-12-31T05:00:00Z')))).toBe('2018-12-31');
  });

  it('refuses a date that is none', () => {
    expect(() => dayOf('2018-02-30')).toThrow('must be a day written YYYY-MM-DD');
    expect(() => dayOf('yesterday')).toThrow('"yesterday"');
  });
});
