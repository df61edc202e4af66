import { describe, expect, it } from '@jest/globals';
import { createLoadWindow } from './load-window.ts';

const load = (partition: number, member: string, [busy, entriesPerS]: readonly [number, number]) => ({
  partition,
  member,
  busy,
  entriesPerS,
  atMs: 0,
});

describe('the loads of the last minute', () => {
  it('are averaged, so that entries per busy second are those of the minute', () => {
    const window = createLoadWindow();
    window.note(0, [load(5, 'a', [0.9, 90])]);
    window.note(5_000, [load(5, 'a', [0.3, 1_500])]);
    expect(window.note(10_000, [load(5, 'a', [0.3, 1_500])]).get(5)).toEqual({ partition: 5, member: 'a', busy: 0.5, entriesPerS: 1_030 });
    expect(window.note(66_000, [load(5, 'a', [0.1, 470])]).get(5)).toMatchObject({ busy: 0.2, entriesPerS: 985 });
  });

  it('of another owner do not count', () => {
    const window = createLoadWindow();
    window.note(0, [load(5, 'a', [0.9, 90])]);
    expect(window.note(5_000, [load(5, 'b', [0.3, 1_500])]).get(5)).toMatchObject({ member: 'b', busy: 0.3 });
  });
});
