import { describe, expect, it } from '@jest/globals';
import { isWanted } from './owned-run.ts';

const run = (closed: boolean, valid: boolean) => ({
  closed,
  lease: { service: 'indicator', partition: 3, member: 'a', epoch: 1, nonce: '', clean: true, valid: () => valid },
});

describe('an owned run', () => {
  it('is worked on only until it is closed, and only while its lease holds by the own clock', () => {
    expect([isWanted(run(false, true)), isWanted(run(true, true)), isWanted(run(false, false))]).toEqual([true, false, false]);
  });
});
