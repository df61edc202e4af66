import { describe, expect, it } from '@jest/globals';
import { SignalError } from '@signal/contracts';
import { createScriptSources, sourceHash, sourceKey } from './script-sources.ts';

const stored = (text: string) => {
  const bytes = Buffer.from(text);
  let asked = 0;
  const objects = {
    get: async (key: string) => {
      asked += 1;
      if (key !== sourceKey(sourceHash(bytes))) throw new SignalError('object_missing', key);
      if (asked === 1) throw new SignalError('object_store_failed', 'away');
      return bytes;
    },
  };
  return { sources: createScriptSources(objects), hash: sourceHash(bytes), asked: () => asked };
};

describe('script sources', () => {
  it('come without types, once from the store, and through its short absence', async () => {
    const { sources, hash, asked } = stored('export const a: number = 1;');
    expect([await sources.load(hash), await sources.load(hash)]).toEqual(['export const a         = 1;', 'export const a         = 1;']);
    expect(asked()).toBe(2);
  });

  it('are refused when they are not what their hash says', async () => {
    const sources = createScriptSources({ get: async () => Buffer.from('other') });
    await expect(sources.load('0'.repeat(64))).rejects.toMatchObject({ code: 'script_rejected' });
  });

  it.each([
    ['too long', 'a'.repeat(70_000)],
    ['no TypeScript', 'export const = ;'],
    ['more than types', 'enum A { B }'],
  ])('are refused when they are %s', async (_, text) => {
    const { sources, hash } = stored(text);
    await expect(sources.load(hash)).rejects.toMatchObject({ code: 'script_rejected' });
  });

  it('are missing at once when they are not stored', async () => {
    await expect(stored('x').sources.load('1'.repeat(64))).rejects.toMatchObject({ code: 'object_missing' });
  });
});
