import { describe, expect, it } from '@jest/globals';
import { type InboxRecord, latestField, parseInstrument, type Signal } from '@signal/contracts';
import type { LatestSource } from './latest-source.ts';
import { createPlanner } from './planner.ts';

const spx = parseInstrument('INDEX:SPX');
const MINUTE_MS = 60_000;

const bar = (tsMs: number): Signal => ({ instrument: spx.id, interval: '1m', seq: 1, tsMs, final: true, data: { close: 1 } });
const rsi = (tsMs: number, value: number): Signal => ({ ...bar(tsMs), expression: 'rsi(14)', data: { rsi: value } });

/** A planner over hashes in memory, on a clock that its own waits move; `onWait` is what happens meanwhile. */
const open = (onWait: (set: (topic: string, signal: Signal) => void, waits: number) => void) => {
  const values = new Map<string, Buffer>();
  const asked: InboxRecord[] = [];
  let nowMs = 0;
  let waits = 0;
  const set = (topic: string, signal: Signal): void => void values.set(`${topic} ${latestField(signal)}`, Buffer.from(JSON.stringify(signal)));
  const latest: LatestSource = {
    read: async (topic, _partition, fields) =>
      new Map(fields.flatMap((field) => (values.has(`${topic} ${field}`) ? [[field, values.get(`${topic} ${field}`) as Buffer] as const] : []))),
    fields: async () => [],
  };
  const wait = async (ms: number): Promise<void> => {
    nowMs += ms;
    onWait(set, ++waits);
  };
  const inbox = async (_partition: number, record: InboxRecord): Promise<void> => void asked.push(record);
  const planner = createPlanner({ latest, inbox, partitions: 64, clock: { nowMs: () => nowMs }, wait });
  return { planner, asked, set, nowMs: () => nowMs };
};

describe('a planner', () => {
  it('waits until a reading has reached the newest bar', async () => {
    const { planner, set } = open((put, waits) => waits === 3 && put('indicators', rsi(5 * MINUTE_MS, 55)));
    set('bars', bar(5 * MINUTE_MS));
    set('indicators', rsi(MINUTE_MS, 11));
    const [pair] = await planner.readings(spx, '1m', ['rsi(14)']);
    expect(pair?.closed?.data).toEqual({ rsi: 55 });
  });

  it('shows no reading rather than an old one when two seconds were not enough', async () => {
    const { planner, set, nowMs } = open(() => undefined);
    set('bars', bar(5 * MINUTE_MS));
    set('indicators', rsi(MINUTE_MS, 11));
    expect(await planner.readings(spx, '1m', ['rsi(14)'])).toEqual([{ closed: undefined, forming: undefined }]);
    expect(nowMs()).toBe(2_000);
  });

  it('waits until the earlier bars of a new series have reached the current minute', async () => {
    const at = (text: string): number => Date.parse(`2018-12-31T${text}Z`);
    const short = (tsMs: number): Signal => ({ ...bar(tsMs), interval: '7s' });
    const { planner, set } = open((put, waits) => waits === 3 && put('bars', short(at('15:00:04'))));
    set('bars', bar(at('15:00')));
    set('bars', short(at('14:31:31')));
    expect((await planner.bars(spx, '7s')).closed?.tsMs).toBe(at('15:00:04'));
    set('indicators', { ...rsi(at('15:00:04'), 60), interval: '7s' });
    expect((await planner.readings(spx, '7s', ['rsi(14)']))[0]?.closed?.data).toEqual({ rsi: 60 });
  });

  it('opens a series whose stored rows are asked for, and waits for the first', async () => {
    const rows: number[] = [];
    const { planner, asked } = open((_put, waits) => waits === 2 && rows.push(7));
    expect(await planner.stored(spx, '7m', async () => [...rows])).toEqual([7]);
    expect(asked).toEqual([{ kind: 'series-open', instrument: 'INDEX:SPX', interval: '7m' }]);
  });

  it('answers at once that an open series has no rows in a range', async () => {
    const { planner, set, asked, nowMs } = open(() => undefined);
    set('bars', bar(MINUTE_MS));
    expect(await planner.stored(spx, '1m', async () => [])).toEqual([]);
    expect([asked, nowMs()]).toEqual([[], 0]);
  });
});
