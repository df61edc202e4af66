import {
  type GreekColumn,
  greekNames,
  type GreeksBody,
  type Instrument,
  type OptionStatus,
  optionId,
  optionStatuses,
  type Slice,
} from '@signal/contracts';
import { timeTextOf } from './bar-body.ts';

type Leg = Readonly<{ strike: number; right: 'C' | 'P'; index: number }>;

const cellReader =
  (slice: Slice, leg: Leg) =>
  (column: GreekColumn): number | null => {
    const value = slice.columns.get(column)?.[leg.index];
    return value === undefined || !Number.isFinite(value) ? null : value;
  };

const statusOf = (code: number | null): OptionStatus => optionStatuses[code ?? 1] ?? 'no_quote';

const YEAR_MS = 365 * 86_400_000;

// In labels ATM is the strike nearest the forward; each step of the list further in or out adds one.
const labelOf = (slice: Slice, leg: Leg): string => {
  const { strikes, atmStrike } = slice.head;
  const steps = strikes.indexOf(leg.strike) - strikes.indexOf(atmStrike);
  if (steps === 0) return 'ATM';
  const isIn = leg.right === 'C' ? steps < 0 : steps > 0;
  return `${isIn ? 'ITM' : 'OTM'}${Math.abs(steps)}`;
};

const moneynessOf = (slice: Slice, leg: Leg, iv: number | null): GreeksBody['moneyness'] => {
  const { forward, expiresMs, tsMs } = slice.head;
  const log = Number.isFinite(forward) && forward > 0 ? Math.log(leg.strike / forward) : null;
  const deviation = iv === null ? 0 : iv * Math.sqrt(Math.max(0, expiresMs - tsMs) / YEAR_MS);
  return { label: labelOf(slice, leg), logMoneyness: log, stdMoneyness: log === null || deviation <= 0 ? null : log / deviation };
};

/** Returns the position of an option in a slice, or undefined when it is not listed there. */
export function legOf(slice: Slice, option: Readonly<Pick<Instrument, 'strike' | 'right'>>): Leg | undefined {
  const at = slice.head.strikes.indexOf(option.strike ?? Number.NaN);
  if (at < 0 || option.right === undefined) return undefined;
  return { strike: option.strike ?? 0, right: option.right, index: 2 * at + (option.right === 'C' ? 0 : 1) };
}

const finiteOrNull = (value: number | null): number | null => (value === null || !Number.isFinite(value) ? null : value);

/** Returns one option's reading of a slice. What is missing is null with its status, never 0. */
export function greeksBodyOf(slice: Slice, leg: Leg): GreeksBody {
  const { head } = slice;
  const cell = cellReader(slice, leg);
  const status = statusOf(cell('status'));
  const iv = cell('iv');
  return {
    instrument: optionId({ underlying: head.underlying, expiry: head.expiry, strike: leg.strike, right: leg.right }),
    underlying: head.underlying,
    expiry: head.expiry,
    expiresAt: timeTextOf(head.expiresMs),
    strike: leg.strike,
    right: leg.right,
    status,
    reason: status === 'ok' ? null : status,
    model: head.model,
    ivSource: 'mid',
    iv,
    bid: cell('bid'),
    ask: cell('ask'),
    last: cell('last'),
    mid: cell('mid'),
    theoretical: cell('theoretical'),
    forward: finiteOrNull(head.forward),
    rate: head.rate,
    dividendYield: head.dividendYield,
    asOfMs: head.tsMs,
    greeks: Object.fromEntries(greekNames.map((name) => [name, cell(name)])) as GreeksBody['greeks'],
    moneyness: moneynessOf(slice, leg, iv),
  };
}
