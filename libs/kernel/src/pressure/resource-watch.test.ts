import { describe, expect, it } from '@jest/globals';
import type { PressureLevel } from './pressure.ts';
import type { Resource } from './probe.ts';
import { createResourceWatch, resourceRules } from './resource-watch.ts';

/** Levels of a resource that is measured once a second. */
const levelsOf = (resource: Resource, ratios: readonly number[], highMaxMs = 30_000): readonly PressureLevel[] => {
  const watch = createResourceWatch(resourceRules[resource]);
  return ratios.map((ratio, second) => watch.judge(ratio, { nowMs: second * 1000, highMaxMs }));
};
const times = (count: number, ratio: number): readonly number[] => Array.from({ length: count }, () => ratio);

describe('createResourceWatch', () => {
  it.each(['memory', 'heap', 'event_loop', 'descriptors', 'disk'] as const)(
    'takes %s from calm to high at 80 %% and to exhausted at 100 %%',
    (resource) => {
      const levels = levelsOf(resource, [...times(20, 0.79), ...times(5, 0.8), ...times(15, 1)]);
      expect([levels[19], levels[24], levels.at(-1)]).toEqual(['calm', 'high', 'exhausted']);
    },
  );

  it('takes no notice of a single peak', () => {
    expect(levelsOf('memory', [0.5, 2, 0.5, 2, 0.5])).toEqual(times(5, 0).map(() => 'calm'));
  });

  it('is patient with a busy event loop: three full windows beyond its budget', () => {
    const levels = levelsOf('event_loop', times(15, 1.5));
    expect([levels[3], levels[4], levels[13], levels[14]]).toEqual(['calm', 'high', 'high', 'exhausted']);
  });

  it('stays high until it has fallen below 70 %', () => {
    expect(levelsOf('memory', [0.9, 0.9, 0.75, 0.7, 0.69])).toEqual(['calm', 'high', 'high', 'high', 'calm']);
  });

  it('counts memory as exhausted that stays high while nothing is read', () => {
    expect(levelsOf('memory', times(6, 0.85), 3000)).toEqual(['calm', 'high', 'high', 'high', 'exhausted', 'exhausted']);
  });

  it('goes on with descriptors that stay high, since a pause closes none, and warns again only after they fell', () => {
    const levels = levelsOf('descriptors', [...times(4, 0.85), 0.9, 0.6, 0.9, 1, 1], 3000);
    expect(levels).toEqual(['high', 'high', 'high', 'calm', 'calm', 'calm', 'high', 'high', 'exhausted']);
  });

  it('remains exhausted', () => {
    expect(levelsOf('descriptors', [1, 1, 0.1]).at(-1)).toBe('exhausted');
  });
});
