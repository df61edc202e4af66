import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeContainer, encodeContainer, type SnapshotIdentity } from './snapshot-container.ts';

const identity: SnapshotIdentity = { service: 'indicator', version: 'indicator-3', partition: 5, n: 1_234 };
const sections = new Map([
  ['state', Buffer.from('a state of some bytes')],
  ['empty', Buffer.alloc(0)],
]);

describe('a snapshot container', () => {
  it('gives back what was put into it', () => {
    const found = decodeContainer(encodeContainer(identity, sections));
    expect(found.identity).toEqual(identity);
    expect([...found.sections].map(([name, bytes]) => [name, Buffer.from(bytes).toString()])).toEqual([
      ['state', 'a state of some bytes'],
      ['empty', ''],
    ]);
  });

  it('is refused wherever it is cut off', () => {
    const bytes = encodeContainer(identity, sections);
    for (let length = 0; length < bytes.length; length += 1)
      expect(() => decodeContainer(bytes.subarray(0, length))).toThrow(expect.objectContaining({ code: 'snapshot_incompatible' }));
  });

  it('is refused whichever byte of it is another', () => {
    const bytes = encodeContainer(identity, sections);
    const anyFlip = fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }));
    fc.assert(
      fc.property(anyFlip, ([at, change]) => {
        const altered = Buffer.from(bytes);
        altered[at] = (altered[at] ?? 0) ^ change;
        expect(() => decodeContainer(altered)).toThrow(expect.objectContaining({ code: 'snapshot_incompatible' }));
      }),
    );
  });

  it('says of foreign bytes that they are none', () => {
    expect(() => decodeContainer(Buffer.alloc(100, '{'))).toThrow('it does not begin like a snapshot');
  });
});
