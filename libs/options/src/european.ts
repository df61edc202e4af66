import type { OptionStatus } from '@signal/contracts';
import { createOptionColumns, type OptionQuantity } from './columns.ts';
import { discountFactor } from './kernels/discount-factor.ts';
import { fillGreeks, type SliceMarket } from './kernels/greeks-kernel.ts';
import { type Right, sideOf } from './right.ts';

/** A European option. `underlying` is the spot in `bsm`, the forward in `black76` (which ignores `dividendYield`). */
export type EuropeanInputs = Readonly<{
  model: SliceMarket['model'];
  underlying: number;
  strike: number;
  years: number;
  rate: number;
  dividendYield: number;
  volatility: number;
  right: Right;
}>;

/** Price and greeks of one option, raw (per 1.00 and per year); null when the inputs are `invalid`. */
export type EuropeanReading = Readonly<{ status: OptionStatus; values: Readonly<Record<OptionQuantity, number>> | null }>;

const zeros: Readonly<Record<OptionQuantity, number>> = {
  price: 0,
  delta: 0,
  gamma: 0,
  theta: 0,
  vega: 0,
  rho: 0,
  epsilon: 0,
  dualDelta: 0,
  dualGamma: 0,
  vanna: 0,
  volga: 0,
  charm: 0,
  veta: 0,
  speed: 0,
  zomma: 0,
  color: 0,
  ultima: 0,
};

const isUsable = ({ underlying, strike, years, rate, dividendYield, volatility }: EuropeanInputs): boolean =>
  [underlying, strike, years, rate, dividendYield, volatility].every(Number.isFinite) && underlying > 0 && strike > 0 && volatility >= 0;

/** Returns how much of the underlying an option without time value is: all, none, or half exactly at the money. */
const exerciseShare = (intrinsic: number): number => (intrinsic > 0 ? 1 : intrinsic < 0 ? 0 : 0.5);

/** Returns an expired option's values: what it pays, and the share of the underlying that it turned into. */
export function expiredValues(underlying: number, strike: number, right: Right): Readonly<Record<OptionQuantity, number>> {
  const side = sideOf(right);
  const intrinsic = side * (underlying - strike);
  const share = exerciseShare(intrinsic);
  return { ...zeros, price: Math.max(intrinsic, 0), delta: signed(side * share), dualDelta: signed(-side * share) };
}

/** Returns `value` with the sign of zero taken away, since -0 reads as another number in JSON diffs. */
const signed = (value: number): number => (value === 0 ? 0 : value);

const valuesWithoutVolatility = (inputs: EuropeanInputs): Readonly<Record<OptionQuantity, number>> => {
  const { underlying, strike, years, rate, right } = inputs;
  const side = sideOf(right);
  const carry = inputs.model === 'black76' ? rate : inputs.dividendYield;
  const forwardValue = underlying * discountFactor(carry, years);
  const strikeValue = strike * discountFactor(rate, years);
  const share = exerciseShare(side * (forwardValue - strikeValue));
  const price = Math.max(side * (forwardValue - strikeValue), 0);
  const onForward = inputs.model === 'black76';
  return {
    ...zeros,
    price,
    delta: signed((side * share * forwardValue) / underlying),
    theta: signed(side * share * (carry * forwardValue - rate * strikeValue)),
    rho: signed(onForward ? -years * price : side * share * strikeValue * years),
    epsilon: signed(onForward ? 0 : -side * share * forwardValue * years),
    dualDelta: signed((-side * share * strikeValue) / strike),
    charm: signed((side * share * carry * forwardValue) / underlying),
  };
};

/** Returns the status, price and greeks of one option: the kernel on one row, and the limits where it has no formula. */
export function europeanOption(inputs: EuropeanInputs): EuropeanReading {
  if (!isUsable(inputs)) return { status: 'invalid', values: null };
  const { model, underlying, strike, years, rate, volatility, right } = inputs;
  if (years <= 0) return { status: 'expired', values: expiredValues(underlying, strike, right) };
  if (volatility === 0) return { status: 'ok', values: valuesWithoutVolatility(inputs) };
  const columns = createOptionColumns(1);
  fillGreeks(
    { spot: underlying, years, rate, yield: model === 'black76' ? rate : inputs.dividendYield, model },
    {
      count: 1,
      strikes: Float64Array.of(strike),
      logStrikes: Float64Array.of(Math.log(strike)),
      volatilities: Float64Array.of(volatility),
      sides: Float64Array.of(sideOf(right)),
    },
    columns,
  );
  const values = Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, column[0]])) as Record<OptionQuantity, number>;
  return { status: 'ok', values };
}
