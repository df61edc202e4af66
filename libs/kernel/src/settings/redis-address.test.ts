import { describe, expect, it } from '@jest/globals';
import { parseRedisAddress } from './redis-address.ts';

describe('parseRedisAddress', () => {
  it('takes several hosts for the nodes of a cluster, with one name and password for all', () => {
    expect(parseRedisAddress('rediss://me:a%40b@h1:7001,[::1]:7002,h3/')).toEqual({
      kind: 'cluster',
      nodes: [
        { host: 'h1', port: 7001 },
        { host: '::1', port: 7002 },
        { host: 'h3', port: 6379 },
      ],
      username: 'me',
      password: 'a@b',
      tls: true,
    });
  });

  it.each(['redis://h1:7001', 'redis://:a,b@h1', '/run/redis.sock'])('takes %p for one server', (url) => {
    expect(parseRedisAddress(url)).toMatchObject({ kind: 'one', url });
  });
});
