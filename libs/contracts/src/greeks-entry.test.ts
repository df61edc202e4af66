import { describe, expect, it } from '@jest/globals';
import { decodeSlice, encodeSlice, greekColumns, type SliceHead } from './greeks-entry.ts';

const head: SliceHead = {
  underlying: 'INDEX:SPX',
  expiry: '2019-01-18',
  expiresMs: 1_547_845_200_000,
  seq: 3,
  tsMs: 1_546_285_800_000,
  spot: 2506.85,
  forward: 2510.2,
  forwardSource: 'parity',
  rate: 0.024,
  dividendYield: 0.019,
  atmStrike: 2510,
  atmIv: 0.21,
  model: 'black76',
  strikes: [2500, 2510],
  columns: greekColumns,
};
const columns = new Map(greekColumns.map((name, index) => [name as string, Float64Array.of(index, index + 0.25, Number.NaN, -index)]));

describe('a greeks entry', () => {
  it('comes back as it went in, missing values as NaN', () => {
    const fields = encodeSlice({ head, columns });
    expect(fields['n']).toBe('2');
    const slice = decodeSlice(String(fields['head']), fields['d'] as Buffer);
    expect(slice.head).toEqual(head);
    expect(slice.columns).toEqual(columns);
  });

  it('refuses a column of another length, and cut bytes', () => {
    const short = new Map(columns).set('delta', new Float64Array(3));
    expect(() => encodeSlice({ head, columns: short })).toThrow('column delta has 3 cells, and must have 4');
    const fields = encodeSlice({ head, columns });
    expect(() => decodeSlice(String(fields['head']), (fields['d'] as Buffer).subarray(16))).toThrow(
      expect.objectContaining({ code: 'entry_corrupt' }),
    );
  });
});
