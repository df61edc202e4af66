import { describe, expect, it } from '@jest/globals';
import { readBenchCommand } from './bench-command.ts';

describe('the command line of bench', () => {
  it('takes a benchmark, five rounds and no assertion unless asked', () => {
    expect(readBenchCommand(['limits'])).toMatchObject({ rounds: 5, json: false, assert: false });
    expect(readBenchCommand(['limits', '--rounds', '3', '--json', '--assert'])).toMatchObject({ rounds: 3, json: true, assert: true });
  });

  it.each([
    [['gateway'], /"gateway" is not built yet; there are .*bus/],
    [['nothing'], /"nothing", and must be asked for one of .*bus/],
    [[], /asked for ""/],
    [['bus', '--rounds', '0'], /--rounds is "0"/],
    [['bus', '--unknown'], /unknown/],
  ])('refuses %j and says what there is', (argv, message) => {
    expect(() => readBenchCommand(argv)).toThrow(expect.objectContaining({ code: 'usage', message: expect.stringMatching(message) }));
  });
});
