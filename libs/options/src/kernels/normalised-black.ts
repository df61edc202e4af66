import { exponential, millsRatio, NORMAL_DENSITY_AT_ZERO } from './normal-tail.ts';

/**
 * The out-of-the-money Black price in its two numbers: with k = |ln(forward / strike)| and s = volatility * sqrt(years),
 * price / (discount * sqrt(forward * strike)) = phi * D, where z = k / s, t = s / 2, phi = n(sqrt(z^2 + t^2)) and
 * D = Y(z - t) - Y(z + t), Y the Mills ratio. phi is also the derivative by s. (Jaeckel, Let's Be Rational, 2015, section 6.)
 */

/** Below this t the difference of two Mills ratios cancels, and a series takes its place. */
const SERIES_BELOW = 0.25;
/** The series holds while z * t = k / 2 does not exceed this. */
const SERIES_LOG_MONEYNESS = 2;
const SERIES_TERMS = 10;
const ROOT_TWO_PI = 2.5066282746310002;

/**
 * D = 2 * sum over odd n of I_n t^n / n!, with I_n = integral of u^n e^(-zu - u^2/2) over u > 0:
 * I_0 = Y(z), I_1 = 1 - z Y(z), I_(n+1) = n I_(n-1) - z I_n.
 */
const differenceBySeries = (z: number, t: number): number => {
  let even = millsRatio(z);
  let odd = 1 - z * even;
  let power = 2 * t;
  let sum = power * odd;
  for (let n = 1; n < 2 * SERIES_TERMS; n += 2) {
    even = n * even - z * odd;
    odd = (n + 1) * odd - z * even;
    power *= (t * t) / ((n + 1) * (n + 2));
    sum += power * odd;
  }
  return sum;
};

/** Returns D of the normalised price at log-moneyness `k` and total deviation `s`. */
export function millsDifference(k: number, s: number): number {
  const z = k / s;
  const t = 0.5 * s;
  if (t < SERIES_BELOW && k <= SERIES_LOG_MONEYNESS) return differenceBySeries(z, t);
  if (z >= t) return millsRatio(z - t) - millsRatio(z + t);
  return ROOT_TWO_PI * exponential(0.5 * (z - t) * (z - t)) - millsSum(k, s);
}

/** Returns Y(t - z) + Y(t + z), which times phi is how far the normalised price is below its ceiling e^(-k/2); needs s^2 >= 2k. */
export function millsSum(k: number, s: number): number {
  const z = k / s;
  const t = 0.5 * s;
  return millsRatio(t - z) + millsRatio(t + z);
}

/** Above this exponent phi is taken through its logarithm, since e^-x would round it by x ulps or underflow. */
const LOGARITHM_ABOVE = 2;

/** Returns ln(phi * factor / target), without underflow however far the tail. */
export function logRatio(exponent: number, factor: number, target: number): number {
  if (exponent < LOGARITHM_ABOVE) return Math.log((NORMAL_DENSITY_AT_ZERO * exponential(-exponent) * factor) / target);
  return Math.log(NORMAL_DENSITY_AT_ZERO * factor) - exponent - Math.log(target);
}

const STEP_ENOUGH = 1e-7;
const MOST_STEPS = 64;

/** What is solved for: the price's own logarithm, or that of its distance to the ceiling. */
type Target = Readonly<{ k: number; value: number; fromCeiling: boolean }>;

const nextInside = (proposed: number, low: number, high: number): number => {
  if (proposed > low && proposed < high) return proposed;
  return high === Number.POSITIVE_INFINITY ? 2 * low : 0.5 * (low + high);
};

/**
 * Returns the total deviation s at which the price, or its distance to the ceiling, is `value`; NaN after 64 steps.
 * Halley's method on the logarithm inside a bracket that every step narrows: cubic at the root, bisection at worst.
 */
export function solveDeviation({ k, value, fromCeiling }: Target, start: number): number {
  let low = 0;
  let high = Number.POSITIVE_INFINITY;
  let s = start;
  for (let step = 0; step < MOST_STEPS; step++) {
    const z = k / s;
    const t = 0.5 * s;
    const factor = fromCeiling ? millsSum(k, s) : millsDifference(k, s);
    const gap = logRatio(0.5 * (z * z + t * t), factor, value);
    const slope = fromCeiling ? -1 / factor : 1 / factor;
    if (gap > 0 === fromCeiling) low = s;
    else high = s;
    const newton = -gap / slope;
    const curvature = (z * z) / s - 0.5 * t - slope;
    const move = newton / Math.max(1 + 0.5 * newton * curvature, 0.25);
    if (Math.abs(move) <= STEP_ENOUGH * s) return s + move;
    s = nextInside(s + move, low, high);
  }
  return Number.NaN;
}
