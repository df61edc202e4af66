import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeMarketBody, encodeMarketBody, recordsOf } from './market-entry.ts';
import type { MarketRecord } from './market-record.ts';

const name = fc.constantFrom('INDEX:SPX', 'TEST:SINE', 'INDEX:SPX-20190118-2500-C', 'BINANCE:BTC-USDT');
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const timeMs = fc.integer({ min: 0, max: 4e12 });
const source = fc.constantFrom('recorded', 'bridged', 'synthetic', 'live');

const record: fc.Arbitrary<MarketRecord> = fc.oneof(
  fc.record({ kind: fc.constant('trade'), instrument: name, tMs: timeMs, price: number, size: number, source }),
  fc.record({ kind: fc.constant('quote'), instrument: name, tMs: timeMs, bid: number, ask: number, bidSize: number, askSize: number, source }),
  fc.record({ kind: fc.constant('interest'), instrument: name, tMs: timeMs, openInterest: number, volume: number }),
  fc.record({
    kind: fc.constant('bar'),
    instrument: name,
    interval: fc.constantFrom('1m', '1d', '1M'),
    startMs: timeMs,
    endMs: timeMs,
    open: number,
    high: number,
    low: number,
    close: number,
    volume: number,
    final: fc.boolean(),
    rev: fc.nat(9),
    source,
    session: fc.constantFrom('', '2018-12-31'),
  }),
  fc.record({ kind: fc.constant('mark'), feed: fc.constant('replay'), tMs: timeMs }),
  fc.record({ kind: fc.constant('plan-start'), instrument: name, interval: fc.constant('1m'), expression: fc.constant('rsi(14)') }),
) as fc.Arbitrary<MarketRecord>;

describe('a market entry', () => {
  it('comes back as it went in, bit for bit and in order', () => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 40 }), (records) => {
        const { n, head, d } = encodeMarketBody(records);
        expect(n).toBe(records.length);
        expect(recordsOf(decodeMarketBody(head, d))).toEqual(records);
      }),
    );
  });

  it('is read from bytes at any offset', () => {
    const records: MarketRecord[] = [{ kind: 'mark', feed: 'replay', tMs: 1_545_057_000_000 }];
    const { head, d } = encodeMarketBody(records);
    const shifted = Buffer.concat([Buffer.from([1, 2, 3]), d]).subarray(3);
    expect(recordsOf(decodeMarketBody(head, shifted))).toEqual(records);
  });

  it('keeps its values while others are read after it, small ones and large ones', () => {
    const bodies = Array.from({ length: 400 }, (_, i) => {
      const records = Array.from({ length: i % 9 === 0 ? 400 : 1 + (i % 30) }, (__, row): MarketRecord => ({
        kind: 'mark',
        feed: 'replay',
        tMs: i * 1_000 + row,
      }));
      const { head, d } = encodeMarketBody(records);
      return { records, body: decodeMarketBody(head, d) };
    });
    for (const { records, body } of bodies) expect(recordsOf(body)).toEqual(records);
  });

  it('is refused when its bytes are cut', () => {
    const { head, d } = encodeMarketBody([{ kind: 'mark', feed: 'replay', tMs: 1 }]);
    expect(() => decodeMarketBody(head, d.subarray(8))).toThrow(expect.objectContaining({ code: 'entry_corrupt' }));
    expect(() => decodeMarketBody('{', d)).toThrow(expect.objectContaining({ code: 'entry_corrupt' }));
  });
});
