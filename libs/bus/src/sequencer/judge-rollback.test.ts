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
    ['a position below what this process was told', { ...stored, n: 9, lastN: 9 }, 10, same, { lostAfter: 9, reason: 'rolled-back' }],
    ['a log that ends before its position', { ...stored, lastN: 7 }, 0, same, { lostAfter: 7, reason: 'rolled-back' }],
    ['a replica that took over from a writer that is gone', stored, 0, promoted, { lostAfter: 10, reason: 'failover-unproven' }],
    ['a replica that took over from another writer than this', stored, 8, promoted, { lostAfter: 10, reason: 'failover-unproven' }],
    ['two failovers since', stored, 0, twicePromoted, { lostAfter: 10, reason: 'failover-unproven' }],
  ] as const)('finds %s', (_, ends, acknowledgedN, server, found) => {
    expect(judgeRollback(ends, acknowledgedN, server)).toEqual(found);
  });

  it.each([
    ['the same server', stored, 0, same],
    ['a server that came back with its append-only file', stored, 0, restarted],
    ['a replica that has all this process was told', stored, 10, promoted],
    ['a partition that nobody wrote yet', { n: 0, lastN: 0, origin: '' }, 0, promoted],
  ] as const)('finds nothing wrong with %s', (_, ends, acknowledgedN, server) => {
    expect(judgeRollback(ends, acknowledgedN, server)).toBeUndefined();
  });
});
