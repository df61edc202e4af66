import { strikeVolatilities } from './chain-volatility.ts';
import { createOptionColumns, type OptionColumns, toPublishedUnits } from './columns.ts';
import { type Forward, forwardByCarry, forwardByParity, type LadderPrices } from './forward.ts';
import { fillGreeks } from './kernels/greeks-kernel.ts';
import { interpolateAt, nearestStrike } from './moneyness.ts';

/** One expiry's chain: prices of its ladder, NaN where there is none, and the market it hangs on. */
export type ChainInputs = Readonly<{
  ladder: LadderPrices;
  spot: number;
  rate: number;
  dividendYield: number;
  /** Above 0; an expired chain has limits, not greeks. */
  years: number;
  /** Prices for the forward alone, where some of the ladder's are too old to trust; the ladder's own if absent. */
  parityLadder?: LadderPrices;
}>;

/** A priced chain. Cells 2i and 2i + 1 of `columns` are the call and put of strike i, in published units. */
export type PricedChain = Readonly<{
  forward: Forward;
  atmIndex: number;
  /** At the forward, by interpolation between strikes; NaN when it lies outside those with a volatility. */
  atmVolatility: number;
  volatilities: Float64Array;
  /** Codes of `optionStatuses`, one a strike. */
  statuses: Float64Array;
  columns: OptionColumns;
}>;

/**
 * Returns the chain on Black-76: its forward by put-call parity (else by carry), one volatility per strike from the
 * out-of-the-money side, and price and greeks of both legs on that volatility.
 */
export function priceChain({ ladder, spot, rate, dividendYield, years, parityLadder }: ChainInputs): PricedChain {
  const { strikes } = ladder;
  const forward = forwardByParity(parityLadder ?? ladder, rate, years) ?? forwardByCarry(spot, { rate, dividendYield, years });
  const { volatilities, statuses } = strikeVolatilities(ladder, { forward: forward.value, rate, years });
  const columns = createOptionColumns(2 * strikes.length);
  fillGreeks(
    { spot: forward.value, years, rate, yield: rate, model: 'black76' },
    { count: strikes.length, strikes, logStrikes: strikes.map(Math.log), volatilities },
    columns,
  );
  toPublishedUnits(columns);
  return {
    forward,
    atmIndex: nearestStrike(strikes, forward.value),
    atmVolatility: interpolateAt(strikes, volatilities, forward.value),
    volatilities,
    statuses,
    columns,
  };
}
