import { describe, expect, it } from '@jest/globals';
import { createLogger } from '@signal/kernel';
import { advanceMarket, createMarketClock, marketDistance } from './market-clock.ts';
import { replayPace } from './replay-source.ts';
import { createSharedClock } from './shared-clock.ts';

const at = (text: string): number => Date.parse(text);
const paced = { from: '2018-12-17', to: '2018-12-31', stopsAtTo: false, once: false, speed: 60 } as const;
const log = createLogger({ service: 'ingest', member: 'test', level: 'silent' });

describe('the market clock', () => {
  it('jumps over closed hours, holidays and the second half of a half day', () => {
    expect(advanceMarket(at('2018-12-21T20:59Z'), 120_000)).toBe(at('2018-12-24T14:31Z'));
    expect(advanceMarket(at('2018-12-24T17:59Z'), 120_000)).toBe(at('2018-12-26T14:31Z'));
    expect(advanceMarket(at('2018-12-24T17:59Z'), 60_000)).toBe(at('2018-12-24T18:00Z'));
  });

  it('counts only open hours between two instants', () => {
    expect(marketDistance(at('2018-12-21T20:59Z'), at('2018-12-24T14:31Z'))).toBe(120_000);
    expect(marketDistance(at('2018-12-21T20:00Z'), at('2018-12-21T20:01Z'))).toBe(60_000);
  });

  it('begins at the open of the first session and runs at its speed', () => {
    let wallMs = 1_000_000;
    const clock = createMarketClock(paced, () => wallMs);
    expect(clock.nowMs()).toBe(at('2018-12-17T14:30Z'));
    wallMs += 10_000;
    expect(clock.nowMs()).toBe(at('2018-12-17T14:40Z'));
    expect(clock.dueInMs(at('2018-12-17T14:41Z'))).toBe(1_000);
    expect(clock.dueInMs(at('2018-12-17T14:40Z'))).toBe(0);
  });

  it('at full speed has reached the end at once, and then goes on at 60', () => {
    let wallMs = 0;
    const clock = createMarketClock({ ...paced, speed: 'max' }, () => wallMs);
    expect(clock.nowMs()).toBe(at('2018-12-31T21:00Z'));
    wallMs += 1_000;
    expect(clock.nowMs()).toBe(at('2019-01-02T14:31Z'));
  });

  it('stops at an end that was given', () => {
    let wallMs = 0;
    const clock = createMarketClock({ ...paced, speed: 'max', stopsAtTo: true }, () => wallMs);
    wallMs += 3_600_000;
    expect(clock.nowMs()).toBe(at('2018-12-31T21:00Z'));
    expect(clock.dueInMs(at('2019-01-02T14:30Z'))).toBeUndefined();
  });

  it('refuses dates without a session between them', () => {
    expect(() => createMarketClock({ ...paced, from: '2018-12-25', to: '2018-12-25' }, () => 0)).toThrow('no session of the market lies between');
  });

  it('has the dates of the contract where none are given', () => {
    const none = { from: '', to: '', once: false, speed: 60 } as const;
    expect(replayPace(none)).toEqual({ from: '2018-12-17', to: '2018-12-31', stopsAtTo: false, once: false, speed: 60 });
    expect(replayPace({ ...none, once: true })).toMatchObject({ from: '2018-12-28', to: '2018-12-31' });
    expect(replayPace({ ...none, to: '2018-12-20' })).toMatchObject({ to: '2018-12-20', stopsAtTo: true });
    expect(replayPace({ ...none, from: '2019-06-03' })).toMatchObject({ from: '2019-06-03', to: '2019-06-03', stopsAtTo: false });
  });
});

describe('the shared market clock', () => {
  const openShared = (stored: string | null, wallMs: number) => {
    const values = new Map(stored === null ? [] : [['clock', stored]]);
    const clock = createMarketClock(paced, () => wallMs);
    const store = { get: async (key: string) => values.get(key) ?? null, set: async (key: string, value: string) => values.set(key, value) };
    return { values, clock, shared: createSharedClock({ store, key: 'clock', clock, wallMs: () => wallMs, speed: 60, log }) };
  };

  it('is where another member is, if that wrote just now', async () => {
    const { clock, shared } = openShared(`${at('2018-12-18T15:00Z')} 5000`, 6_000);
    await shared.start();
    await shared.stop();
    expect(clock.nowMs()).toBe(at('2018-12-18T15:01Z'));
  });

  it('stood still while no member ran', async () => {
    const { clock, shared } = openShared(`${at('2018-12-18T15:00Z')} 5000`, 5_000_000);
    await shared.start();
    await shared.stop();
    expect(clock.nowMs()).toBe(at('2018-12-18T15:00Z'));
  });

  it('writes its own time where there is none', async () => {
    const { values, shared } = openShared(null, 7_000);
    await shared.start();
    await shared.stop();
    expect(values.get('clock')).toBe(`${at('2018-12-17T14:30Z')} 7000`);
  });
});
