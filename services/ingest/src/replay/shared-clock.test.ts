import { describe, expect, it, jest } from '@jest/globals';
import { createLogger } from '@signal/kernel';
import { createMarketClock } from './market-clock.ts';
import { createSharedClock, type TextStore } from './shared-clock.ts';

const SPEED = 60;
const PAUSE_MS = 10;

describe('market time shared by members', () => {
  it('runs no faster than its speed, however long a process is paused between two looks at the wall clock', async () => {
    jest.useFakeTimers();
    try {
      let wall = 1_000_000;
      const begunMs = wall;
      const wallMs = (): number => (wall += PAUSE_MS);
      const texts = new Map<string, string>();
      const store: TextStore = { get: async (key) => texts.get(key) ?? null, set: async (key, value) => texts.set(key, value) };
      const pace = { from: '2018-12-17', to: '2018-12-18', stopsAtTo: true, once: true, speed: SPEED };
      const log = createLogger({ service: 'ingest', member: 'a', level: 'silent' });
      const members = [createMarketClock(pace, wallMs), createMarketClock(pace, wallMs)].map((clock) => ({
        clock,
        shared: createSharedClock({ store, key: 'clock', clock, wallMs, speed: SPEED, log }),
      }));
      for (const { shared } of members) await shared.start();
      for (let beat = 0; beat < 50; beat += 1) await jest.advanceTimersByTimeAsync(1_000);
      for (const { clock, shared } of members) {
        const marketMs = clock.nowMs() - clock.beginMs;
        expect(marketMs).toBeGreaterThan(0);
        expect(marketMs).toBeLessThanOrEqual((wall - begunMs) * SPEED);
        await shared.stop();
      }
    } finally {
      jest.useRealTimers();
    }
  });
});
