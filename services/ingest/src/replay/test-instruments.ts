import { murmur3 } from '@signal/contracts';

const cents = (value: number): number => Math.round(value * 100) / 100;

/** Returns the price of TEST:SINE at an epoch second. */
export function sinePrice(second: number): number {
  return cents(100 + 10 * Math.sin((2 * Math.PI * (second % 600)) / 600));
}

/** Returns the price function of TEST:WALK: ±0.05 a second, up when the hash of the second's decimal text is odd, from 100 at each UTC hour. */
export function createWalk(): (second: number) => number {
  let counted = Number.NaN;
  let net = 0;
  return (second) => {
    const hour = second - (second % 3600);
    if (!(counted >= hour && counted <= second)) {
      counted = hour;
      net = 0;
    }
    while (counted < second) {
      counted += 1;
      net += murmur3(String(counted)) % 2 === 1 ? 1 : -1;
    }
    return cents(100 + 0.05 * net);
  };
}
