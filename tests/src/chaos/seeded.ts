import { murmur3 } from '@signal/contracts';

/** Returns a function of whole numbers below a bound, the same sequence for the same seed on every machine. */
export function seededChoice(seed: number | string): (below: number) => number {
  let drawn = 0;
  return (below) => murmur3(`${seed}:${drawn++}`) % below;
}
