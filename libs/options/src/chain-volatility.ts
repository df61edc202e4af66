import { type OptionStatus, optionStatuses } from '@signal/contracts';
import type { LadderPrices } from './forward.ts';
import { impliedVolatility } from './implied-volatility.ts';

/** Volatilities outside this range are taken for an artefact of the quote. */
const LEAST_VOLATILITY = 1e-4;
const GREATEST_VOLATILITY = 10;

/** One volatility per strike; NaN where the status code (index into `optionStatuses`) is not `ok`. */
export type StrikeVolatilities = Readonly<{ volatilities: Float64Array; statuses: Float64Array }>;

/** Returns the code of a status in the columns of a slice. */
export function statusCode(status: OptionStatus): number {
  return optionStatuses.indexOf(status);
}

/** Returns the side whose option is out of the money at a strike: the call from the forward up, else the put. */
export function outOfMoneySide(strike: number, forward: number): 'C' | 'P' {
  return strike >= forward ? 'C' : 'P';
}

type SolveAt = Readonly<{ forward: number; rate: number; years: number }>;

const solveStrike = (ladder: LadderPrices, index: number, at: SolveAt): Readonly<{ status: OptionStatus; volatility: number }> => {
  const strike = ladder.strikes[index] as number;
  const right = outOfMoneySide(strike, at.forward);
  const price = (right === 'C' ? ladder.calls : ladder.puts)[index] as number;
  if (Number.isNaN(price)) return { status: 'no_quote', volatility: Number.NaN };
  const { forward: underlying, rate, years } = at;
  const reading = impliedVolatility({ price, underlying, strike, years, rate, dividendYield: rate, right });
  if (reading.status !== 'ok') return { status: reading.status, volatility: Number.NaN };
  if (reading.volatility < LEAST_VOLATILITY) return { status: 'at_intrinsic', volatility: Number.NaN };
  if (reading.volatility > GREATEST_VOLATILITY) return { status: 'above_max', volatility: Number.NaN };
  return reading;
};

/** Returns one Black-76 volatility per strike from its out-of-the-money side, with the reason where there is none. */
export function strikeVolatilities(ladder: LadderPrices, at: SolveAt): StrikeVolatilities {
  const volatilities = new Float64Array(ladder.strikes.length);
  const statuses = new Float64Array(ladder.strikes.length);
  for (let i = 0; i < ladder.strikes.length; i++) {
    const { status, volatility } = solveStrike(ladder, i, at);
    volatilities[i] = volatility;
    statuses[i] = statusCode(status);
  }
  return { volatilities, statuses };
}
