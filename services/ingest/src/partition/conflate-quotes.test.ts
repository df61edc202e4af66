import { describe, expect, it } from '@jest/globals';
import type { InboxEntry } from '@signal/bus';
import { conflateQuotes } from './conflate-quotes.ts';

const quote = (instrument: string, bid: number, id: string): InboxEntry => ({
  id,
  record: { kind: 'quote', instrument, tMs: 1_000, bid, ask: bid + 1, bidSize: 1, askSize: 1, source: 'live' },
});
const trade = (instrument: string, price: number, id: string): InboxEntry => ({
  id,
  record: { kind: 'trade', instrument, tMs: 1_000, price, size: 1, source: 'live' },
});
const isTaken = ({ bid }: { bid: number }): boolean => bid > 0;
const idsOf = (entries: readonly InboxEntry[]): readonly string[] => entries.map(({ id }) => id);

describe('quotes that wait while the log is held back', () => {
  it('give way to the newest of their instrument, in its place', () => {
    const waiting = [quote('TEST:A', 1, '1'), quote('TEST:B', 1, '2'), quote('TEST:A', 2, '3'), quote('TEST:A', 3, '4'), quote('TEST:B', 2, '5')];
    expect(idsOf(conflateQuotes(waiting, isTaken))).toEqual(['4', '5']);
  });

  it('leave every trade and every request where it was', () => {
    const plan: InboxEntry = { id: '3', record: { kind: 'plan-start', instrument: 'TEST:A', interval: '1m', expression: 'rsi(14)' } };
    const waiting = [
      trade('TEST:A', 1, '1'),
      quote('TEST:A', 1, '2'),
      plan,
      trade('TEST:A', 2, '4'),
      quote('TEST:A', 2, '5'),
      trade('TEST:A', 3, '6'),
    ];
    expect(idsOf(conflateQuotes(waiting, isTaken))).toEqual(['1', '3', '4', '5', '6']);
  });

  it('are not displaced by one that will be refused, which stays to be refused', () => {
    const waiting = [quote('TEST:A', 1, '1'), quote('TEST:A', 2, '2'), quote('TEST:A', -1, '3')];
    expect(idsOf(conflateQuotes(waiting, isTaken))).toEqual(['2', '3']);
  });
});
