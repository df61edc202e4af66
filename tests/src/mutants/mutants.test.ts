import { describe, expect, it } from '@jest/globals';
import { rootFolder } from '@signal/testing';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { patched } from './mutant.ts';
import { mutants } from './mutants.ts';

describe('a mutant', () => {
  it.each(mutants)('without $name applies to the sources as they are, in one place', ({ file, find, replace, tests }) => {
    expect(patched(readFileSync(join(rootFolder(), file), 'utf8'), { find, replace })).toBeDefined();
    expect(find).not.toContain('\n');
    expect(tests.filter((test) => !existsSync(join(rootFolder(), test)))).toEqual([]);
  });

  it('has a name of its own', () => {
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
  });

  it('does not apply where its text is gone or stands twice', () => {
    expect(patched('a b a', { find: 'b', replace: 'c' })).toBe('a c a');
    expect(patched('a b a', { find: 'a', replace: 'c' })).toBeUndefined();
    expect(patched('a b a', { find: 'd', replace: 'c' })).toBeUndefined();
  });
});
