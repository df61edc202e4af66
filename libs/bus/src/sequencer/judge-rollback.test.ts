import { describe, expect, it } from '@jest/globals';
import type { ServerHistory } from '../redis/server-history.ts';
import { judgeRollback } from './judge-rollback.ts';

const NONE = '0'.repeat(40);
const same: ServerHistory = { id: 'a', before: NONE };
const promoted: ServerHistory = { id: 'b', before: 'a' };
const twicePromoted: ServerHistory = { id: 'c', before: 'b' };
const restarted: ServerHistory = { id: 'd', before: NONE };
const stored = { n: 10, lastN: 10, origin: 'a' };

describe('judgeRollback', () => {
  it.each([
    { what: 'a position below what this process was told', ends: { ...stored, n: 9, lastN: 9 }, told: 10, server: same, lostAfter: 9 },
    { what: 'a log that ends before its position', ends: { ...stored, lastN: 7 }, told: 0, server: same, lostAfter: 7 },
  ])('proves the loss of $what', ({ ends, told, server, lostAfter }) => {
    expect(judgeRollback(ends, told, server)).toEqual({ lostAfter, reason: 'rolled-back' });
  });

  it.each([
    { what: 'a replica that took over from a writer that is gone', told: 0, server: promoted },
    { what: 'a replica that took over from another writer than this', told: 8, server: promoted },
    { what: 'two failovers since', told: 0, server: twicePromoted },
  ])('takes a loss for possible after $what', ({ told, server }) => {
    expect(judgeRollback(stored, told, server)).toEqual({ lostAfter: 10, reason: 'failover-unproven' });
  });

  it.each([
    { what: 'the same server', ends: stored, told: 0, server: same },
    { what: 'a server that came back with its append-only file', ends: stored, told: 0, server: restarted },
    { what: 'a replica that has all this process was told', ends: stored, told: 10, server: promoted },
    { what: 'a partition that nobody wrote yet', ends: { n: 0, lastN: 0, origin: '' }, told: 0, server: promoted },
  ])('finds nothing wrong with $what', ({ ends, told, server }) => {
    expect(judgeRollback(ends, told, server)).toBeUndefined();
  });
});
