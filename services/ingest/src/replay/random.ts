import { murmur3 } from '@signal/contracts';

/** A stream of numbers in [0, 1) that its seed determines. */
export type Random = () => number;

/** Returns the stream of a seed text (mulberry32, Tommy Ettinger, public domain). Integer arithmetic only: the same on every machine. */
export function createRandom(seed: string): Random {
  let state = murmur3(seed) | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), 1 | state);
    word = (word + Math.imul(word ^ (word >>> 7), 61 | word)) ^ word;
    return ((word ^ (word >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Returns a number that is near to normal, mean 0 and variance 1: the sum of three uniform ones, without a transcendental function. */
export function nearNormal(random: Random): number {
  return 2 * (random() + random() + random() - 1.5);
}
