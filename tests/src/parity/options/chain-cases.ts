import {
  choosePrice,
  logMoneyness,
  moneynessLabel,
  nearestStrike,
  outOfMoneySide,
  type PricedChain,
  priceChain,
  standardisedMoneyness,
} from '@signal/options';
import { type GoldenCase, type GoldenSuite, type Miss, missBeyond, missUnlessEqual } from './golden-case.ts';

type Leg = Readonly<{ bid: number; ask: number; ltp: number }>;
type LegGreeks = Readonly<Record<'delta' | 'gamma' | 'theta_day' | 'vega_pt' | 'rho_pt', number | null>>;
type ExpectedStrike = Readonly<{
  k: number;
  log_moneyness: number;
  std_moneyness?: number;
  ce_label: string;
  pe_label: string;
  iv: number | null;
  iv_side: string;
  ce?: LegGreeks | null;
  pe?: LegGreeks | null;
}>;
type ChainEntry = Readonly<{
  id: number;
  input: Readonly<{ spot: number; t: number; r: number; rows: readonly Readonly<{ k: number; ce: Leg; pe: Leg }>[] }>;
  expected: Readonly<{
    forward: number;
    forward_strike: number;
    atm_spot: number;
    atm_fwd: number;
    atm_iv: number | null;
    options: readonly ExpectedStrike[];
  }> &
    Readonly<Record<string, unknown>>;
}>;

const RELATIVE_TOLERANCE = 1e-8;
/** Greeks this small are compared by absolute difference, where a relative one would weigh the underflow. */
const FLOOR = 1e-12;

const near = (output: string, got: number, want: number | null | undefined): readonly Miss[] => {
  if (want === null || want === undefined) return Number.isNaN(got) ? [] : [{ output, got: String(got), want: 'null' }];
  return missBeyond(output, { got, want, tolerance: Math.max(RELATIVE_TOLERANCE * Math.abs(want), FLOOR) });
};

const priceOf = ({ bid, ask, ltp }: Leg): number => choosePrice({ bid, ask, last: ltp, isLastYoung: true }).price;

const greekColumns = { delta: 'delta', gamma: 'gamma', theta_day: 'theta', vega_pt: 'vega', rho_pt: 'rho' } as const;

const checkLeg = (chain: PricedChain, cell: number, leg: Readonly<{ name: string; want: LegGreeks | null | undefined }>): readonly Miss[] =>
  Object.entries(greekColumns).flatMap(([field, column]) =>
    near(`${leg.name}.${field}`, chain.columns[column][cell] ?? Number.NaN, leg.want?.[field as keyof LegGreeks]),
  );

const checkStrike = (chain: PricedChain, index: number, at: Readonly<{ want: ExpectedStrike; years: number }>): readonly Miss[] => {
  const { want, years } = at;
  const { k } = want;
  const forward = chain.forward.value;
  const standardised = standardisedMoneyness(k, forward, { volatility: chain.atmVolatility, years });
  return [
    ...missUnlessEqual(`${k}.ce_label`, moneynessLabel(index, chain.atmIndex, 'C'), want.ce_label),
    ...missUnlessEqual(`${k}.pe_label`, moneynessLabel(index, chain.atmIndex, 'P'), want.pe_label),
    ...missUnlessEqual(`${k}.iv_side`, outOfMoneySide(k, forward) === 'C' ? 'ce' : 'pe', want.iv_side),
    ...near(`${k}.log_moneyness`, logMoneyness(k, forward), want.log_moneyness),
    ...near(`${k}.std_moneyness`, standardised, want.std_moneyness),
    ...near(`${k}.iv`, chain.volatilities[index] ?? Number.NaN, want.iv),
    ...checkLeg(chain, 2 * index, { name: `${k}.ce`, want: want.ce }),
    ...checkLeg(chain, 2 * index + 1, { name: `${k}.pe`, want: want.pe }),
  ];
};

/** What a chain's golden says beyond forward, labels, volatility and greeks. */
const built = new Set(['forward', 'forward_strike', 'atm_spot', 'atm_fwd', 'atm_iv', 'options']);

const missingAnalytics = (expected: ChainEntry['expected']): readonly Miss[] => {
  const absent = Object.keys(expected).filter((name) => !built.has(name));
  return absent.length === 0 ? [] : [{ output: absent.join(','), got: 'chain analytics are not built', want: 'values' }];
};

const checkChain = ({ id, input, expected }: ChainEntry): GoldenCase => {
  const { spot, t: years, r: rate, rows } = input;
  const strikes = Float64Array.from(rows, (row) => row.k);
  const ladder = { strikes, calls: Float64Array.from(rows, (row) => priceOf(row.ce)), puts: Float64Array.from(rows, (row) => priceOf(row.pe)) };
  const chain = priceChain({ ladder, spot, rate, dividendYield: 0, years });
  return {
    name: String(id),
    misses: [
      ...near('forward', chain.forward.value, expected.forward),
      ...missUnlessEqual('forward_strike', chain.forward.strike, expected.forward_strike),
      ...missUnlessEqual('atm_spot', strikes[nearestStrike(strikes, spot)], expected.atm_spot),
      ...missUnlessEqual('atm_fwd', strikes[chain.atmIndex], expected.atm_fwd),
      ...near('atm_iv', chain.atmVolatility, expected.atm_iv),
      ...expected.options.flatMap((want, index) => checkStrike(chain, index, { want, years })),
      ...missingAnalytics(expected),
    ],
  };
};

/** Checks `chains.json`: forward, labels, moneyness, volatility and greeks of whole chains. */
export const chainCases: GoldenSuite = (text) => (JSON.parse(text) as ChainEntry[]).map(checkChain);
