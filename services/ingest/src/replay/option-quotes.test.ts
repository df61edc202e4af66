import { describe, expect, it } from '@jest/globals';
import type { Quote } from '@signal/contracts';
import { sessionsOf } from '@signal/market';
import { createDays } from './days.ts';
import { createOptionChain, type OptionChain } from './option-chain.ts';
import { strikesAround } from './option-listing.ts';
import { readRecordedDays } from './recorded-days.ts';
import { bridgedInstrument, type ReplayInstrument } from './replay-instrument.ts';
import { volatilityLevel } from './volatility-level.ts';

const recorded = readRecordedDays();
const of = (instrument: string): ReplayInstrument => bridgedInstrument(instrument, createDays(instrument, recorded.get(instrument) ?? []));
const underlying = of('INDEX:SPX');
const vix = of('INDEX:VIX');
const sessionOf = (date: string) => {
  const session = sessionsOf('INDEX').byDate(date);
  if (session === undefined) throw new TypeError(date);
  return session;
};
const chainOf = (date: string): OptionChain => createOptionChain({ underlying, vix }, sessionOf(date)) as OptionChain;
const quotesAt = (chain: OptionChain, second: number): Quote[] => chain.recordsAt(second).filter((record) => record.kind === 'quote');

describe('the SPX chain of the replay', () => {
  it('lists every multiple of 10 within 25 steps of the previous close', () => {
    expect(strikesAround(2485.74)).toEqual(Array.from({ length: 50 }, (_, k) => 2_240 + 10 * k));
    expect(strikesAround(2500)).toHaveLength(51);
  });

  it('says at the open what is listed: expiry, its instant, strikes and rates', () => {
    const listings = chainOf('2018-12-31').opening();
    expect(listings.map((record) => (record.kind === 'listing' ? record.expiry : ''))).toEqual([
      '2019-01-04',
      '2019-01-11',
      '2019-01-18',
      '2019-01-25',
      '2019-02-15',
      '2019-03-15',
    ]);
    expect(listings[0]).toMatchObject({ underlying: 'INDEX:SPX', expiresMs: Date.parse('2019-01-04T21:00Z'), rate: 0.024, dividendYield: 0.019 });
  });

  it('says interest of every listed option at the open, with volume growing over the day', () => {
    const chain = chainOf('2018-12-31');
    const interest = (second: number) => chain.recordsAt(second).filter((record) => record.kind === 'interest');
    expect(interest(0)).toHaveLength(6 * 50 * 2);
    expect(interest(0).every(({ volume, openInterest }) => volume === 0 && openInterest > 0 && Number.isInteger(openInterest))).toBe(true);
    expect(interest(1_800).some(({ volume }) => volume > 0)).toBe(true);
  });

  it('quotes every option at the open: ask above bid, on the tick, whole sizes', () => {
    const quotes = quotesAt(chainOf('2018-12-31'), 0);
    expect(quotes).toHaveLength(600);
    const onTick = (price: number): boolean => Math.abs(price * 20 - Math.round(price * 20)) < 1e-9;
    expect(quotes.filter(({ bid, ask, askSize }) => !(ask > bid && onTick(bid) && onTick(ask) && Number.isInteger(askSize) && askSize > 0))).toEqual(
      [],
    );
    expect(quotes.filter(({ bid, bidSize }) => (bid === 0) !== (bidSize === 0))).toEqual([]);
  });

  it('leaves some far strikes without a bid', () => {
    const without = quotesAt(chainOf('2018-12-31'), 0).filter(({ bid }) => bid === 0);
    expect(without.length).toBeGreaterThan(0);
    expect(without.length).toBeLessThan(120);
  });

  it('quotes an option at most every five seconds, and only what moved between full minutes', () => {
    const chain = chainOf('2018-12-31');
    expect(chain.recordsAt(3)).toEqual([]);
    const [open, next, minute] = [0, 5, 60].map((second) => quotesAt(chain, second).length);
    expect([open, minute]).toEqual([600, 600]);
    expect(next).toBeLessThan(600);
    expect(next).toBeGreaterThan(0);
  });

  it('says the same of a second, whether or not the seconds before were asked for', () => {
    const run = chainOf('2018-12-28');
    let last: Quote[] = [];
    for (let second = 0; second <= 3_605; second += 5) last = quotesAt(run, second);
    expect(quotesAt(chainOf('2018-12-28'), 3_605)).toEqual(last);
  });

  it('still quotes on the day of expiry, five seconds before the close', () => {
    const quotes = quotesAt(chainOf('2018-12-28'), 23_395);
    expect(quotes.every(({ bid, ask }) => Number.isFinite(bid) && ask > bid)).toBe(true);
  });
});

describe('the level of volatility', () => {
  it('is the VIX tick of the same instant', () => {
    const level = volatilityLevel(underlying.days as never, vix, sessionOf('2018-12-31'));
    expect(level(4_679)).toBeCloseTo(0.2542, 10);
  });

  it('is realised volatility plus 3 points where there is no VIX', () => {
    const level = volatilityLevel(underlying.days as never, vix, sessionOf('2012-06-01'));
    expect(level(0)).toBe(level(100));
    expect(level(0)).toBeGreaterThan(0.1);
    expect(level(0)).toBeLessThan(0.4);
  });
});
