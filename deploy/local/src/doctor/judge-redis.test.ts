import { describe, expect, it } from '@jest/globals';
import type { ServerFacts } from '@signal/bus';
import { judgeRedis } from './judge-redis.ts';

const MIB = 1024 * 1024;
const good: ServerFacts = {
  node: '',
  version: '7.0.15',
  policy: 'noeviction',
  appendOnly: true,
  appendFsync: 'everysec',
  usedBytes: 10 * MIB,
  maxBytes: 100 * MIB,
  replicas: 0,
  clusterState: undefined,
  requiresFullCoverage: undefined,
};
const master: ServerFacts = { ...good, node: 'h1:1', replicas: 1, clusterState: 'ok', requiresFullCoverage: false };

const unwell = (servers: readonly ServerFacts[]): readonly string[] =>
  judgeRedis(servers).flatMap(({ id, status, advice }) => (status === 'pass' ? [] : [`${id} ${status} ${advice === '' ? 'no advice' : ''}`.trim()]));

describe('judgeRedis', () => {
  it('finds nothing to do about a server, or a cluster, that is set up as advised', () => {
    expect([unwell([good]), unwell([master, { ...master, node: 'h2:1' }])]).toEqual([[], []]);
  });

  it.each([
    { what: 'an old version', change: { version: '6.2.1' }, found: 'redis.version fail' },
    { what: 'no append-only file', change: { appendOnly: false }, found: 'redis.persistence warn' },
    { what: 'a file that is never synced', change: { appendFsync: 'no' }, found: 'redis.persistence warn' },
    { what: 'eviction', change: { policy: 'allkeys-lru' }, found: 'redis.eviction fail' },
    { what: 'memory without a bound', change: { maxBytes: 0 }, found: 'redis.memory warn' },
    { what: 'memory that runs short', change: { usedBytes: 85 * MIB }, found: 'redis.memory warn' },
    { what: 'memory that is used up', change: { usedBytes: 96 * MIB }, found: 'redis.memory fail' },
    { what: 'a cluster that is not well', change: { clusterState: 'fail' }, found: 'redis.cluster fail' },
    { what: 'a master without a replica', change: { replicas: 0 }, found: 'redis.cluster warn' },
    { what: 'a cluster that stops as a whole', change: { requiresFullCoverage: true }, found: 'redis.cluster warn' },
  ])('finds $what, with advice', ({ change, found }) => {
    expect(unwell([master, { ...master, ...change }])).toEqual([found]);
  });
});
