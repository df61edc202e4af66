import { describe, expect, it } from '@jest/globals';
import { createWorkMeter } from './work-meter.ts';

describe('a work meter', () => {
  it('adds up per partition and begins anew when it is read', () => {
    let nowMs = 0;
    const meter = createWorkMeter(() => nowMs);
    meter.add(3, 2, 10);
    meter.add(5, 1, 1);
    meter.add(3, 4, 20);
    nowMs = 100;
    expect(meter.take()).toEqual(
      new Map([
        [3, { busyMs: 6, entries: 30 }],
        [5, { busyMs: 1, entries: 1 }],
      ]),
    );
    expect(meter.take()).toEqual(new Map());
  });

  it('claims no more time than has passed when waits overlap', () => {
    let nowMs = 0;
    const meter = createWorkMeter(() => nowMs);
    meter.add(1, 90, 1);
    meter.add(2, 30, 1);
    nowMs = 60;
    expect([...meter.take().values()].map(({ busyMs }) => busyMs)).toEqual([45, 15]);
  });
});
