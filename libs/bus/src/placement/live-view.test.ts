import { describe, expect, it } from '@jest/globals';
import type { Heartbeat } from '../ownership/membership.ts';
import { createLiveView } from './live-view.ts';

const TTL_MS = 2_000;
const options = { member: 'b', ttlMs: TTL_MS };

/** What Redis says at `serverNowMs` of members last heard of at these times. */
const heard = (serverNowMs: number, times: Readonly<Record<string, number>>): Heartbeat => ({
  live: Object.keys(times).filter((name) => (times[name] ?? 0) > serverNowMs - TTL_MS),
  serverNowMs,
  heardOfMs: new Map(Object.entries(times)),
});

describe('who counts as alive', () => {
  it('is who was heard of within the ttl, and it changes when the ttl of the one silent longest ends', () => {
    const view = createLiveView(options);
    expect(view.see(heard(10_000, { a: 9_900, b: 10_000 }), 0)).toEqual({ live: ['a', 'b'], changesInMs: 1_900 });
    expect(view.see(heard(10_500, { a: 9_900, b: 10_500 }), 500)).toEqual({ live: ['a', 'b'], changesInMs: 1_400 });
    expect(view.see(heard(11_900, { a: 9_900, b: 11_900 }), 1_800).live).toEqual(['b']);
  });

  it('remembers after a pause who lived before it, for half a ttl', () => {
    const view = createLiveView(options);
    view.see(heard(10_000, { a: 9_900, b: 10_000 }), 0);
    expect(view.see(heard(15_000, { a: 9_900, b: 15_000 }), 5_000)).toEqual({ live: ['a', 'b'], changesInMs: 1_000 });
    expect(view.see(heard(15_500, { a: 9_900, b: 15_500 }), 5_500)).toEqual({ live: ['a', 'b'], changesInMs: 500 });
    expect(view.see(heard(16_000, { a: 9_900, b: 16_000 }), 6_000).live).toEqual(['b']);
  });

  it('goes on remembering when one pause follows another', () => {
    const view = createLiveView(options);
    view.see(heard(10_000, { a: 9_900, b: 10_000 }), 0);
    view.see(heard(15_000, { a: 9_900, b: 15_000 }), 5_000);
    expect(view.see(heard(18_000, { a: 9_900, b: 18_000 }), 8_000).live).toEqual(['a', 'b']);
  });

  it('gives those a grace whom the first of a restarted fleet finds silent, but none to the silent of a living fleet', () => {
    expect(createLiveView(options).see(heard(20_000, { a: 9_000, b: 20_000 }), 0).live).toEqual(['a', 'b']);
    expect(createLiveView(options).see(heard(20_000, { a: 9_000, b: 20_000, c: 19_900 }), 0).live).toEqual(['b', 'c']);
    expect(createLiveView(options).see(heard(20_000, { b: 20_000 }), 0).live).toEqual(['b']);
  });
});
