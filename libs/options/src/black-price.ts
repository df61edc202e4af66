import { exponential, millsRatio, NORMAL_DENSITY_AT_ZERO } from './kernels/normal-tail.ts';
import { type Right, sideOf } from './right.ts';

/** A European option on a forward; `discount` is e^(-rT), `volatility` a year. */
export type BlackInputs = Readonly<{ forward: number; strike: number; years: number; volatility: number; discount: number; right: Right }>;

/** Returns the Black-76 price; without time or volatility left it is the discounted intrinsic value. Same bits as the kernel. */
export function blackPrice({ forward, strike, years, volatility, discount, right }: BlackInputs): number {
  const side = sideOf(right);
  const forwardValue = forward * discount;
  const strikeValue = strike * discount;
  const deviation = volatility * Math.sqrt(years);
  if (!(deviation > 0)) return Math.max(side * (forwardValue - strikeValue), 0);
  const d1 = (Math.log(forward) - Math.log(strike)) * (1 / deviation) + 0.5 * deviation;
  const d2 = d1 - deviation;
  const density = forwardValue * NORMAL_DENSITY_AT_ZERO * exponential(-0.5 * d1 * d1);
  const tail1 = density * millsRatio(Math.abs(d1));
  const tail2 = density * millsRatio(Math.abs(d2));
  const forwardPart = side * d1 > 0 ? forwardValue - tail1 : tail1;
  const strikePart = side * d2 > 0 ? strikeValue - tail2 : tail2;
  return side * (forwardPart - strikePart);
}
