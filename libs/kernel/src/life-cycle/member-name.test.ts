import { describe, expect, it } from '@jest/globals';
import { memberName } from './member-name.ts';

describe('memberName', () => {
  it('is the given one, else the service and the process', () => {
    expect([memberName('indicator', ['--member', 'indicator-2'], 7), memberName('indicator', [], 7)]).toEqual(['indicator-2', 'indicator-7']);
  });

  it.each([[['--member', 'A b']], [['--member']], [['--other', 'x']], [['x']]])('refuses %j as usage', (argv) => {
    expect(() => memberName('indicator', argv, 1)).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});
