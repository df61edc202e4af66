import { describe, expect, it } from '@jest/globals';
import { decodeSegment, encodeSegment, joinSegments, type SegmentEntry, segmentEntryBytes } from './segment-codec.ts';

const entry = (id: string, fields: Readonly<Record<string, string | Buffer>>): SegmentEntry => ({
  id,
  fields: new Map(Object.entries(fields).map(([name, value]) => [name, Buffer.from(value)])),
});
const plain = (entries: readonly SegmentEntry[]): unknown =>
  entries.map(({ id, fields }) => [id, [...fields].map(([name, value]) => [name, Buffer.from(value).toString('hex')])]);

describe('segment codec', () => {
  const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  const entries = [entry('1-0', { v: '2', head: '{"s":[]}', d: everyByte }), entry('2-0', {}), entry('2-1', { d: Buffer.alloc(0), é: 'ü' })];

  it('gives entries back bit for bit, fields in their order', async () => {
    expect(plain(await decodeSegment(await encodeSegment(entries)))).toEqual(plain(entries));
  });

  it('gives equal bytes for equal entries, however they were put together', async () => {
    const whole = await encodeSegment(entries);
    expect(whole.equals(await encodeSegment([...entries]))).toBe(true);
    const pieces = await Promise.all([entries.slice(0, 1), entries.slice(1, 2)].map(encodeSegment));
    expect(whole.equals(await joinSegments(pieces, entries.slice(2)))).toBe(true);
    expect(whole.equals(await joinSegments([whole], []))).toBe(true);
    expect(whole.equals(await joinSegments([], entries))).toBe(true);
  });

  it('knows the size of an entry before compression', () => {
    const raw = (list: readonly SegmentEntry[]): number => list.reduce((sum, one) => sum + segmentEntryBytes(one), 4);
    expect(raw([entry('1-0', { a: 'bc' })])).toBe(4 + 4 + 3 + 4 + 4 + 1 + 4 + 2);
  });

  it('refuses a segment of which one bit changed', async () => {
    const bytes = await encodeSegment(entries);
    const at = Math.floor(bytes.length / 2);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    await expect(decodeSegment(bytes)).rejects.toThrow(expect.objectContaining({ code: 'entry_corrupt' }));
  });

  it('refuses what is no segment', async () => {
    await expect(decodeSegment(Buffer.from('hello'))).rejects.toThrow(expect.objectContaining({ code: 'entry_corrupt' }));
  });
});
