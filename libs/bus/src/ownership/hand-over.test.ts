import { beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger } from '@signal/kernel';
import type { Bus } from '../bus.ts';
import { createHandOver, type HandOver, type HandOverOptions, type Parting } from './hand-over.ts';
import type { Lease, LostReason } from './lease.ts';

const bus = { log: createLogger({ service: 'test', member: 'a', level: 'silent' }) } as Bus;

const leaseOf = (partition: number): Lease => ({
  service: 'indicator',
  partition,
  member: 'a',
  epoch: 1,
  nonce: `n${partition}`,
  clean: true,
  valid: () => true,
});
const partingsOf = (count: number, reason: LostReason = 'moved'): readonly Parting[] =>
  Array.from({ length: count }, (_, partition) => ({ lease: leaseOf(partition), reason, to: 'b' }));

describe('a hand-over', () => {
  let steps: string[] = [];
  beforeEach(() => {
    steps = [];
  });
  const handOver = (change: Partial<HandOverOptions> = {}): HandOver =>
    createHandOver(bus, {
      service: 'indicator',
      table: {
        held: () => new Map(),
        acquire: async () => ({ leases: [], retryInMs: undefined }),
        renew: async () => [],
        forget: ({ partition }) => void steps.push(`forget ${partition}`),
        release: async (leases) => void steps.push(`release ${leases.map(({ partition }) => partition).join(' ')}`),
      },
      beforeRelease: async ({ partition }) => void steps.push(`store ${partition}`),
      onLost: async ({ partition }, reason) => void steps.push(`end ${partition} ${reason}`),
      say: async (announcement) => void steps.push(JSON.stringify(announcement)),
      ended: ({ partition }, reason) => void steps.push(`ended ${partition} ${reason}`),
      ...change,
    });

  it('stores the state, ends the work, gives the lease back and names the next owner, in this order', async () => {
    await handOver().end(partingsOf(1, 'drain'));
    expect(steps).toEqual(['store 0', 'end 0 drain', 'forget 0', 'ended 0 drain', 'release 0', '{"kind":"released","partition":0,"to":"b"}']);
  });

  it('takes two at a time, and tells of each as soon as it is free', async () => {
    let [now, most] = [0, 0];
    let releasedEarly = 0;
    await handOver({
      beforeRelease: async () => {
        most = Math.max(most, (now += 1));
        if (steps.some((step) => step.startsWith('{'))) releasedEarly += 1;
        await new Promise((resolve) => setImmediate(resolve));
        now -= 1;
      },
    }).end(partingsOf(12));
    expect(most).toBe(2);
    expect(releasedEarly).toBeGreaterThan(0);
    expect(steps.filter((step) => step.startsWith('release'))).toHaveLength(12);
  });

  it('waits for no snapshot that does not come', async () => {
    const begun = performance.now();
    await handOver({ beforeRelease: () => new Promise(() => undefined) }).end(partingsOf(1));
    expect(steps).toContain('release 0');
    expect(performance.now() - begun).toBeLessThan(10_000);
  });

  it('goes on when state or work cannot be ended cleanly', async () => {
    const failing = async (): Promise<void> => {
      throw new RangeError('no');
    };
    await handOver({ beforeRelease: failing, onLost: failing }).end(partingsOf(1));
    expect(steps).toEqual(['forget 0', 'ended 0 moved', 'release 0', expect.stringContaining('released')]);
  });

  it('of what another owns stores and releases nothing', async () => {
    await handOver().end(partingsOf(1, 'fenced'));
    expect(steps).toEqual(['end 0 fenced', 'forget 0', 'ended 0 fenced']);
  });

  it('is not begun twice', async () => {
    const one = handOver();
    const first = one.end(partingsOf(1));
    expect(one.isEnding(0)).toBe(true);
    await Promise.all([first, one.end(partingsOf(1))]);
    expect(steps.filter((step) => step.startsWith('end '))).toEqual(['end 0 moved']);
    expect(one.isEnding(0)).toBe(false);
  });
});
