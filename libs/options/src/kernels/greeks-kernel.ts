import type { OptionColumns } from '../columns.ts';
import { discountFactor } from './discount-factor.ts';
import { exponential, millsRatio, NORMAL_DENSITY_AT_ZERO } from './normal-tail.ts';

/** Market of one expiry: `spot` is the forward and `yield` equals `rate` when the model is Black-76. */
export type SliceMarket = Readonly<{ spot: number; years: number; rate: number; yield: number; model: 'bsm' | 'black76' }>;

/** Rows of a slice. Without `sides` each row is a strike, and its call and put go to cells 2i and 2i + 1. */
export type SliceRows = Readonly<{
  count: number;
  strikes: Float64Array;
  logStrikes: Float64Array;
  /** A year; a row with NaN or 0 gets NaN in every column. */
  volatilities: Float64Array;
  /** +1 call, -1 put, one a row: then row i goes to cell i. */
  sides?: Float64Array;
}>;

const markMissing = (out: OptionColumns, from: number, cells: number): void => {
  for (const column of Object.values(out)) column.fill(Number.NaN, from, from + cells);
};

/**
 * Fills the 17 columns of European options: price and greeks, raw (per 1.00 and per year; theta, charm, veta and color per
 * passage of time). Closed forms: Haug, The Complete Guide to Option Pricing Formulas, chapter 2; sums are arranged so that
 * `forwardPart = A N(±d1)` and `strikePart = B N(±d2)` come from one density, since B n(d2) = A n(d1).
 * One loop for both layouts, because two copies of these formulas cost more than the 2 ns of the inner test.
 */
export function fillGreeks(market: SliceMarket, rows: SliceRows, out: OptionColumns): void {
  const { spot, years, rate, yield: carry, model } = market;
  const { count, strikes, logStrikes, volatilities, sides } = rows;
  const { price, delta, gamma, theta, vega, rho, epsilon, dualDelta, dualGamma, vanna, volga, charm, veta, speed, zomma, color, ultima } = out;
  const onForward = model === 'black76';
  const rootYears = Math.sqrt(years);
  const forwardValue = spot * discountFactor(carry, years);
  const discount = discountFactor(rate, years);
  const logForward = Math.log(spot) + (rate - carry) * years;
  const inverseSpot = 1 / spot;
  const inverseSpotSquared = inverseSpot * inverseSpot;
  const decayScale = 0.5 / rootYears;
  const halfPerYear = 0.5 / years;
  const drift = rate - carry;
  const densityScale = forwardValue * NORMAL_DENSITY_AT_ZERO;
  for (let row = 0; row < count; row++) {
    const strike = strikes[row] as number;
    const volatility = volatilities[row] as number;
    const deviation = volatility * rootYears;
    const inverse = 1 / deviation;
    const inverseStrike = 1 / strike;
    let side = sides === undefined ? 1 : (sides[row] as number);
    let cell = sides === undefined ? 2 * row : row;
    if (!(deviation > 0)) {
      markMissing(out, cell, sides === undefined ? 2 : 1);
      continue;
    }
    const d1 = (logForward - (logStrikes[row] as number)) * inverse + 0.5 * deviation;
    const d2 = d1 - deviation;
    const strikeValue = strike * discount;
    const density = densityScale * exponential(-0.5 * d1 * d1);
    const tail1 = density * millsRatio(Math.abs(d1));
    const tail2 = density * millsRatio(Math.abs(d2));
    const product = d1 * d2;
    const rawVega = density * rootYears;
    const rawGamma = density * inverse * inverseSpotSquared;
    const perVolatility = rootYears * inverse;
    const drifted = drift * inverse;
    const decay = density * volatility * decayScale;
    const charmDensity = density * inverseSpot * (drifted - d2 * halfPerYear);
    const rawVanna = -density * inverseSpot * d2 * perVolatility;
    const rawVolga = rawVega * product * perVolatility;
    const rawVeta = rawVega * (carry + drifted * d1 - (1 + product) * halfPerYear);
    const rawSpeed = -rawGamma * inverseSpot * (1 + d1 * inverse);
    const rawZomma = rawGamma * (product - 1) * perVolatility;
    const rawColor = rawGamma * (carry + drifted * d1 + (1 - product) * halfPerYear);
    const rawUltima = -rawVega * perVolatility * perVolatility * (product * (1 - product) + d1 * d1 + d2 * d2);
    const rawDualGamma = density * inverse * inverseStrike * inverseStrike;
    for (;;) {
      const forwardPart = side * d1 > 0 ? forwardValue - tail1 : tail1;
      const strikePart = side * d2 > 0 ? strikeValue - tail2 : tail2;
      const value = side * (forwardPart - strikePart);
      price[cell] = value;
      delta[cell] = side * forwardPart * inverseSpot;
      theta[cell] = side * (carry * forwardPart - rate * strikePart) - decay;
      rho[cell] = onForward ? -years * value : side * strikePart * years;
      epsilon[cell] = onForward ? 0 : -side * forwardPart * years;
      dualDelta[cell] = -side * strikePart * inverseStrike;
      charm[cell] = side * carry * forwardPart * inverseSpot - charmDensity;
      gamma[cell] = rawGamma;
      vega[cell] = rawVega;
      dualGamma[cell] = rawDualGamma;
      vanna[cell] = rawVanna;
      volga[cell] = rawVolga;
      veta[cell] = rawVeta;
      speed[cell] = rawSpeed;
      zomma[cell] = rawZomma;
      color[cell] = rawColor;
      ultima[cell] = rawUltima;
      if (sides !== undefined || side < 0) break;
      side = -1;
      cell += 1;
    }
  }
}
