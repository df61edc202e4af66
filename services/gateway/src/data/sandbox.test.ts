import { describe, expect, it } from '@jest/globals';
import { onEverywhere } from './sandbox.ts';

describe('onEverywhere', () => {
  it('counts a layer that a single host misses as off', () => {
    expect(onEverywhere([{ uid: true, network: true }, { uid: true, network: false }, { uid: true }])).toEqual({ uid: true, network: false });
  });

  it('says nothing when no host has answered', () => {
    expect(onEverywhere([])).toBeUndefined();
  });
});
