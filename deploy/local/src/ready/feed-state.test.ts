import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { createStandstill, readFeedState } from './feed-state.ts';

const live = (marketTimeMs: number) => ({ state: 'live' as const, marketTimeMs });

describe('createStandstill', () => {
  it('holds once market time has not moved for so many questions', () => {
    const standsStill = createStandstill({ endMs: 100, times: 2 });
    expect([standsStill(live(100)), standsStill(live(100)), standsStill(live(100))]).toEqual([false, false, true]);
  });

  it('does not hold before the end, while time moves, or when nobody answers', () => {
    const standsStill = createStandstill({ endMs: 100, times: 1 });
    expect([99, 99, 100, 101, 102].map((ms) => standsStill(live(ms)))).toEqual([false, false, false, false, false]);
    expect([standsStill(undefined), standsStill(undefined)]).toEqual([false, false]);
  });
});

describe('readFeedState', () => {
  it('asks ingest with the internal key, and knows nothing when none answers', async () => {
    const server = createServer((request, response) => {
      const isOurs = request.headers.authorization === 'Bearer k' && request.url === '/feed';
      response.writeHead(isOurs ? 200 : 401).end(JSON.stringify({ state: 'ended', marketTimeMs: 7 }));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const members = [
      { service: 'ingest', member: 'ingest-1', pid: 1, url },
      { service: 'gateway', member: 'gateway-1', pid: 2, url: 'http://127.0.0.1:1' },
    ];
    expect([await readFeedState(members, 'k'), await readFeedState(members, 'wrong')]).toEqual([{ state: 'ended', marketTimeMs: 7 }, undefined]);
    server.close();
    server.closeAllConnections();
    expect(await readFeedState(members, 'k')).toBeUndefined();
  });
});
