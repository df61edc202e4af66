import { describe, expect, it } from '@jest/globals';
import { runChecks } from './check.ts';
import { chooseChecks } from './choose-checks.ts';
import { toolCheck } from './tool-check.ts';

const holds = { name: 'holds', find: async () => [] };
const fails = { name: 'fails', find: async () => ['a.ts:1: wrong'] };

describe('npm run check', () => {
  it('counts the checks that found something and prints every problem', async () => {
    const written: string[] = [];
    expect(await runChecks([holds, fails], (text) => written.push(text))).toBe(1);
    expect(written.join('').replaceAll(/\d\.\d s/g, '')).toBe('ok   holds \nFAIL fails \n     a.ts:1: wrong\n');
  });

  it('runs all checks, or those named by --only', () => {
    expect(chooseChecks([], [holds, fails])).toHaveLength(2);
    expect(chooseChecks(['--only', 'fails'], [holds, fails])).toEqual([fails]);
  });

  it.each([[['--only', 'absent']], [['--unknown']], [['surplus']]])('refuses %j as usage', (argv) => {
    expect(() => chooseChecks(argv, [holds])).toThrow(expect.objectContaining({ code: 'usage' }));
  });

  it('takes the output of a tool that fails as its problems', async () => {
    expect(await toolCheck('format', ['oxfmt', '--no-such-flag']).find()).not.toEqual([]);
    expect(await toolCheck('version', ['oxfmt', '--version']).find()).toEqual([]);
  });
});
