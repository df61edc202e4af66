import { describe, expect, it } from '@jest/globals';
import { compareLogs } from './compare-logs.ts';
import { LoggedEntries } from './logged-entries.ts';

type Entry = readonly [id: string, json: string, prev?: string];

const logOf = (...entries: readonly Entry[]): ReadonlyMap<string, LoggedEntries> => {
  const logged = new LoggedEntries();
  for (const [id, json, prev = logged.lastId()] of entries) {
    logged.add({ id, fields: new Map(Object.entries({ prev, json, w: String(Math.random()) }).map(([name, text]) => [name, Buffer.from(text)])) });
  }
  return new Map([['bars:{a}:1', logged]]);
};
const undisturbed = logOf(['1-0', 'a'], ['2-0', 'b'], ['2-1', 'c'], ['3-0', 'd']);

describe('two recorded logs', () => {
  it('are the same whenever they were flushed', () => {
    expect(compareLogs(undisturbed, logOf(['1-0', 'a'], ['2-0', 'b'], ['2-1', 'c'], ['3-0', 'd']))).toMatchObject({ compared: 4, first: [] });
  });

  it.each([
    ['lost in the middle', logOf(['1-0', 'a'], ['2-1', 'c'], ['3-0', 'd']), { lost: 1 }],
    ['lost at the end', logOf(['1-0', 'a'], ['2-0', 'b']), { lost: 2 }],
    ['said twice', logOf(['1-0', 'a'], ['2-0', 'b'], ['2-1', 'c'], ['2-2', 'c'], ['3-0', 'd']), { doubled: 1 }],
    ['of another text', logOf(['1-0', 'a'], ['2-0', 'x'], ['2-1', 'c'], ['3-0', 'd']), { differing: 1 }],
    ['that nobody else said', logOf(['1-0', 'a'], ['2-0', 'b'], ['2-1', 'c'], ['3-0', 'd'], ['4-0', 'e']), { differing: 1 }],
    ['out of order', logOf(['1-0', 'a'], ['2-1', 'c'], ['2-0', 'b'], ['3-0', 'd']), { disordered: 1 }],
    ['read with a gap', logOf(['1-0', 'a'], ['2-0', 'b'], ['2-1', 'c'], ['3-0', 'd', '2-0']), { lost: 1 }],
  ])('differ by an entry %s', (_, other, wanted) => {
    const counts = compareLogs(undisturbed, other);
    expect(counts).toMatchObject(wanted);
    expect(counts.first.length).toBeGreaterThan(0);
  });
});
