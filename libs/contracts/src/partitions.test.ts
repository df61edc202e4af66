import { describe, expect, it } from '@jest/globals';
import { createKeys } from './keys.ts';
import { murmur3 } from './murmur3.ts';
import { checkPartitionCount, partitionOf, slotOf, tagOf } from './partitions.ts';

describe('partitions', () => {
  // Vectors of MurmurHash3_x86_32 with seed 0 as published with the reference code and its ports.
  it.each([
    ['', 0],
    ['a', 0x3c2569b2],
    ['abc', 0xb3dd93fa],
    ['hello', 0x248bfa47],
    ['The quick brown fox jumps over the lazy dog', 0x2e4ff723],
  ])('murmur3(%j) is the published value', (text, expected) => {
    expect(murmur3(text)).toBe(expected);
  });

  it.each([
    ['INDEX:SPX', 54, 6],
    ['NASDAQ:AAPL', 1, 1],
    ['TEST:SINE', 24, 8],
    ['TEST:WALK', 12, 12],
  ])('%s lives on partition %i in slot %i', (instrument, partition, slot) => {
    expect(partitionOf(instrument, 64)).toBe(partition);
    expect(slotOf(partition)).toBe(slot);
  });

  it('puts all keys of a partition under one hash tag', () => {
    const keys = createKeys('test');
    expect(keys.topic('indicators', 54)).toBe('test:indicators:{60}:54');
    expect(createKeys().topic('market', 19)).toBe('market:{43}:19');
    expect(keys.position('indicator', 54)).toBe('test:pos:{60}:indicator:54');
    expect(keys.latest('bars', 54)).toBe('test:latest:bars:{60}:54');
    expect(tagOf(54)).toBe('60');
  });

  it.each([15, 1025, 64.5, Number.NaN])('refuses %p partitions', (count) => {
    expect(() => checkPartitionCount(count)).toThrow('16 to 1024');
  });
});
