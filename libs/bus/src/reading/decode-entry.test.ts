import { describe, expect, it } from '@jest/globals';
import { encodeMarketBody, encodeSignals, encodeSlice } from '@signal/contracts';
import { decodeEntry } from './decode-entry.ts';

const fieldsOf = (fields: Readonly<Record<string, string | Buffer>>): ReadonlyMap<string, Buffer> =>
  new Map(Object.entries(fields).map(([name, value]) => [name, Buffer.from(value as string)]));

describe('an entry in words', () => {
  it('lists the records of the log', () => {
    const mark = { kind: 'mark', feed: 'replay', tMs: 5 } as const;
    const { head, d } = encodeMarketBody([mark]);
    expect(decodeEntry('market', fieldsOf({ v: '2', n: '1', prev: '0-0', head, d }))).toEqual({ v: '2', n: 1, prev: '0-0', records: [mark] });
  });

  it('lists the signals of a JSON topic', () => {
    const signal = { instrument: 'TEST:SINE', seq: 1, tsMs: 1, final: true, data: { close: 1 } };
    expect(decodeEntry('bars', fieldsOf({ ...encodeSignals([signal]), prev: '0-0' })).records).toEqual([signal]);
  });

  it('unpacks a slice of greeks, a missing value as null', () => {
    const head = {
      underlying: 'INDEX:SPX',
      expiry: '2019-01-18',
      expiresMs: 2,
      seq: 1,
      tsMs: 1,
      spot: 1,
      forward: 1,
      forwardSource: 'parity',
      rate: 0,
      dividendYield: 0,
      atmStrike: 1,
      atmIv: null,
      model: 'black76',
      strikes: [1],
      columns: ['delta'],
    };
    const fields = encodeSlice({ head, columns: new Map([['delta', Float64Array.of(0.5, Number.NaN)]]) });
    expect(decodeEntry('greeks', fieldsOf(fields)).records).toEqual([{ ...head, data: { delta: [0.5, null] } }]);
  });

  it('shows inbox records and dead letters as they stand', () => {
    expect(decodeEntry('inbox', fieldsOf({ v: '2', json: '{"kind":"x"}' }))).toEqual({ v: '2', n: 1, prev: null, records: [{ kind: 'x' }] });
    expect(decodeEntry('dead', fieldsOf({ code: 'schema' })).records).toEqual([{ code: 'schema' }]);
    expect(() => decodeEntry('inbox', fieldsOf({ json: '{' }))).toThrow('is not JSON');
  });
});
