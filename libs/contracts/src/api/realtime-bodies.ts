import { z } from 'zod';
import { greekNames, optionStatuses } from '../greeks-entry.ts';
import { sources } from '../market-record.ts';
import { dateText, epochMs, maybeNumber, timeText } from './scalars.ts';

/** A bar as the API shows it, stamped with its open; from one day up with the exchange's date. */
export const barBody = z.object({
  ts: timeText,
  session: dateText.optional(),
  open: z.number(),
  high: z.number(),
  low: z.number(),
  close: z.number(),
  volume: z.number(),
  final: z.boolean(),
  source: z.enum(sources),
});
/** A bar of the API. */
export type BarBody = Readonly<z.infer<typeof barBody>>;

/** `GET realtime/bars`: the newest closed bar and the one that is forming. */
export const realtimeBars = z.object({ instrument: z.string(), interval: z.string(), closed: barBody.nullable(), forming: barBody.nullable() });

/** `GET realtime/quotes`: the newest quote and trade of an instrument; `ts` is null, and the quote stale, before the first. */
export const realtimeQuote = z.object({
  instrument: z.string(),
  ts: timeText.nullable(),
  bid: maybeNumber,
  ask: maybeNumber,
  bidSize: maybeNumber,
  askSize: maybeNumber,
  last: maybeNumber,
  lastSize: maybeNumber,
  source: z.enum(sources),
  stale: z.boolean(),
});
/** A quote of the API. */
export type QuoteBody = Readonly<z.infer<typeof realtimeQuote>>;

/** Values of a reading by output; null has its reason beside it. */
export const readingValues = z.record(z.string(), maybeNumber);

/** One reading of an indicator. */
export const readingBody = z.object({ ts: timeText.nullable(), data: readingValues, reason: z.string().optional() });
/** A reading of the API. */
export type ReadingBody = Readonly<z.infer<typeof readingBody>>;

/** `GET realtime/indicators`: readings keyed by canonical expression. */
export const realtimeIndicators = z.object({
  instrument: z.string(),
  interval: z.string(),
  indicators: z.record(z.string(), z.object({ requested: z.string(), closed: readingBody, forming: readingBody.nullable() })),
});

/** Status of an option's reading; a value that is missing is null with this status, never 0. */
export const optionStatus = z.enum(optionStatuses);

/** `GET realtime/greeks`: theoretical price and 16 greeks. theta a calendar day, vega and rho a point; the others raw. */
export const realtimeGreeks = z.object({
  instrument: z.string(),
  underlying: z.string(),
  expiry: dateText,
  expiresAt: timeText,
  strike: z.number(),
  right: z.enum(['C', 'P']),
  status: optionStatus,
  reason: z.string().nullable(),
  model: z.string(),
  ivSource: z.string(),
  iv: maybeNumber,
  bid: maybeNumber,
  ask: maybeNumber,
  last: maybeNumber,
  mid: maybeNumber,
  theoretical: maybeNumber,
  forward: maybeNumber,
  rate: z.number(),
  dividendYield: z.number(),
  asOfMs: epochMs,
  greeks: z.object(Object.fromEntries(greekNames.map((name) => [name, maybeNumber])) as Record<(typeof greekNames)[number], typeof maybeNumber>),
  moneyness: z.object({ label: z.string().nullable(), logMoneyness: maybeNumber, stdMoneyness: maybeNumber }),
});
/** Greeks of one option. */
export type GreeksBody = Readonly<z.infer<typeof realtimeGreeks>>;

const leg = z.object({
  instrument: z.string(),
  label: z.string().nullable(),
  status: optionStatus,
  bid: maybeNumber,
  ask: maybeNumber,
  openInterest: maybeNumber,
  volume: maybeNumber,
  delta: maybeNumber,
  gamma: maybeNumber,
  theta: maybeNumber,
  vega: maybeNumber,
  rho: maybeNumber,
});

/** `GET realtime/chains`: one expiry of an underlying, strikes ascending. */
export const realtimeChain = z.object({
  underlying: z.string(),
  expiry: dateText,
  expiries: z.array(dateText),
  spot: maybeNumber,
  forward: maybeNumber,
  atmStrike: maybeNumber,
  atmIv: maybeNumber,
  asOfMs: epochMs,
  strikes: z.array(z.object({ strike: z.number(), iv: maybeNumber, ivSide: z.enum(['C', 'P']).nullable(), call: leg, put: leg })),
});
/** A chain of the API. */
export type ChainBody = Readonly<z.infer<typeof realtimeChain>>;

/** `GET realtime/signals`: the newest signals of user scripts. */
export const realtimeSignals = z.object({
  data: z.array(
    z.object({
      instrument: z.string(),
      interval: z.string().optional(),
      expression: z.string().optional(),
      seq: z.number().int(),
      ts: timeText,
      final: z.boolean(),
      data: z.record(z.string(), z.unknown()),
    }),
  ),
  page: z.object({ nextCursor: z.string().nullable(), hasMore: z.boolean() }),
});
/** A script's signal in the API. */
export type SignalBody = Readonly<z.infer<typeof realtimeSignals>['data'][number]>;
