import { describe, expect, it } from '@jest/globals';
import { createSilenceClock } from './silence-clock.ts';

describe('the clock of silences', () => {
  it('counts for a reader from when there was something to read', () => {
    const clock = createSilenceClock({ isSequencer: false });
    const seen = [
      [0, 5, 5],
      [500, 5, 5],
      [600, 5, 6],
      [700, 6, 7],
      [750, 7, 7],
      [900, 7, 7],
      [950, 8, 9],
    ].map(([atMs = 0, n = 0, logN = 0]) => clock.see(atMs, n, logN));
    expect(seen).toEqual([undefined, undefined, undefined, { fromMs: 600, toMs: 700 }, { fromMs: 700, toMs: 750 }, undefined, undefined]);
  });

  it('counts for the sequencer from its last entry', () => {
    const clock = createSilenceClock({ isSequencer: true });
    expect([clock.see(0, 1, 1), clock.see(10, 2, 2), clock.see(400, 2, 2), clock.see(410, 3, 3)]).toEqual([
      undefined,
      undefined,
      undefined,
      { fromMs: 10, toMs: 410 },
    ]);
  });
});
