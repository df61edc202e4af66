import type { OptionStatus } from '@signal/contracts';
import { discountFactor } from './kernels/discount-factor.ts';
import { millsDifference, solveDeviation } from './kernels/normalised-black.ts';
import { exponential, NORMAL_DENSITY_AT_ZERO } from './kernels/normal-tail.ts';
import { type Right, sideOf } from './right.ts';

/** A price to be explained. `dividendYield` = `rate` makes `underlying` a forward. */
export type ImpliedInputs = Readonly<{
  price: number;
  underlying: number;
  strike: number;
  years: number;
  rate: number;
  dividendYield: number;
  right: Right;
}>;

/** The volatility that gives the price, a positive number when `status` is `ok`; else null, with the reason. */
export type ImpliedReading = Readonly<{ status: 'ok'; volatility: number }> | Readonly<{ status: Exclude<OptionStatus, 'ok'>; volatility: null }>;

const EPSILON = 2 ** -52;
/** A price this many ulps from its floor holds no volatility. */
const INTRINSIC_ULPS = 4;
/** A rounding of the price that moves the volatility by more than this part of itself makes it meaningless. */
const WORST_CONDITION = 1e-3;

const none = (status: Exclude<OptionStatus, 'ok'>): ImpliedReading => ({ status, volatility: null });

/** Returns ln(a / b), exact to an ulp when a is near b too, where the quotient's own rounding would dominate. */
const logRatioOf = (a: number, b: number): number => (a > 0.5 * b && a < 2 * b ? Math.log1p((a - b) / b) : Math.log(a / b));

/** The out-of-the-money price and its distance to the ceiling, in units of discount * sqrt(forward * strike). */
type Normalised = Readonly<{ k: number; value: number; toCeiling: number; unit: number }>;

/**
 * Returns a deviation to start from. Both bounds are below the root: price <= s / sqrt(2 pi), and price <= e^(-z^2/2);
 * beyond the inflection at s^2 = 2k the tangent there is.
 */
const startOf = ({ k, value, toCeiling }: Normalised): number => {
  const fromSlope = value / NORMAL_DENSITY_AT_ZERO;
  const inflection = Math.sqrt(2 * k);
  const density = NORMAL_DENSITY_AT_ZERO * exponential(-0.5 * k);
  const atInflection = inflection > 0 ? density * millsDifference(k, inflection) : 0;
  if (value < atInflection) return Math.min(inflection, fromSlope + k / Math.sqrt(2 * Math.max(-Math.log(value), 0.5 * EPSILON)));
  const tangent = inflection + (value - atInflection) / density;
  return toCeiling < value ? Math.max(tangent, 2 * Math.sqrt(2 * Math.max(-Math.log(toCeiling) - 1, 0))) : tangent;
};

const solve = (normalised: Normalised, years: number, price: number): ImpliedReading => {
  const { k, value, toCeiling, unit } = normalised;
  // Near its ceiling the price has lost the digits that its distance to the ceiling still has.
  const fromCeiling = toCeiling < value && 2 * k < startOf(normalised) ** 2;
  const deviation = solveDeviation({ k, value: fromCeiling ? toCeiling : value, fromCeiling }, startOf(normalised));
  if (!(deviation > 0)) return none('no_convergence');
  const z = k / deviation;
  const sensitivity = unit * deviation * NORMAL_DENSITY_AT_ZERO * Math.exp(-0.5 * (z * z + 0.25 * deviation * deviation));
  // In the far tail of an out-of-the-money price the sensitivity shrinks with the price, and the quotient stays small.
  if (!(EPSILON * price <= WORST_CONDITION * sensitivity) && price > value * unit * 2) return none('ill_conditioned');
  return { status: 'ok', volatility: deviation / Math.sqrt(years) };
};

/** Returns the implied volatility of a European price: a positive number, or null and why there is none. Cold start, never throws. */
export function impliedVolatility(inputs: ImpliedInputs): ImpliedReading {
  const { price, underlying, strike, years, rate, dividendYield, right } = inputs;
  const numbers = [price, underlying, strike, years, rate, dividendYield];
  if (!numbers.every(Number.isFinite) || underlying <= 0 || strike <= 0) return none('invalid');
  if (years <= 0) return none('expired');
  if (price <= 0) return none('no_quote');
  const forwardValue = underlying * discountFactor(dividendYield, years);
  const strikeValue = strike * discountFactor(rate, years);
  const ceiling = right === 'C' ? forwardValue : strikeValue;
  if (price >= ceiling) return none('above_max');
  const intrinsic = Math.max(sideOf(right) * (forwardValue - strikeValue), 0);
  const timeValue = price - intrinsic;
  if (intrinsic > 0 && Math.abs(timeValue) <= INTRINSIC_ULPS * EPSILON * Math.max(forwardValue, strikeValue)) return none('at_intrinsic');
  if (timeValue <= 0) return none('below_intrinsic');
  const unit = Math.sqrt(forwardValue) * Math.sqrt(strikeValue);
  const k = Math.abs(logRatioOf(underlying, strike) + (rate - dividendYield) * years);
  return solve({ k, value: timeValue / unit, toCeiling: (ceiling - price) / unit, unit }, years, price);
}
