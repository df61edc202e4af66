import { describe, expect, it } from '@jest/globals';
import { hostsOf } from './hosts-of.ts';

describe('hostsOf', () => {
  it.each([
    ['redis://:secret@h1:1,h2:2/', 'h1:1,h2:2'],
    ['postgres://me:secret@h:5432/db?x=1', 'h:5432'],
    ['http://h', 'h'],
    ['/run/redis.sock', '/run/redis.sock'],
  ])('of %p are %p', (url, hosts) => expect(hostsOf(url)).toBe(hosts));
});
