import { z } from 'zod';

/** Where a price or a bar comes from: a recorded day, a path bridged through one, a made-up one, or a live feed. */
export const sources = ['recorded', 'bridged', 'synthetic', 'live'] as const;
/** A source's name. */
export type Source = (typeof sources)[number];

/** One trade. Times are epoch milliseconds of the event; `size` is in units of the instrument. */
export type Trade = Readonly<{ kind: 'trade'; instrument: string; tMs: number; price: number; size: number; source: Source }>;

/** The best bid and ask of an instrument; 0 = that side is empty. */
export type Quote = Readonly<{
  kind: 'quote';
  instrument: string;
  tMs: number;
  bid: number;
  ask: number;
  bidSize: number;
  askSize: number;
  source: Source;
}>;

/** Contracts open and traded today of a derivative. */
export type Interest = Readonly<{ kind: 'interest'; instrument: string; tMs: number; openInterest: number; volume: number }>;

/** A bar `[startMs, endMs)`; `rev` rises with each correction; `session` (the exchange's date) from one day up, else ''. */
export type Bar = Readonly<{
  kind: 'bar';
  instrument: string;
  interval: string;
  startMs: number;
  endMs: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  final: boolean;
  rev: number;
  source: Source;
  session: string;
}>;

/** Market time of a feed has reached `tMs`: nothing older will be accepted but as late. */
export type Mark = Readonly<{ kind: 'mark'; feed: string; tMs: number }>;

const text = z.string().min(1);
const timeMs = z.number().int();

/** Records that change what is computed rather than carry a price. They travel as JSON, in the log's order. */
export const controlRecord = z.discriminatedUnion('kind', [
  /** Somebody needs this reading from here on; the indicator service keeps it current. */
  z.object({ kind: z.literal('plan-start'), instrument: text, interval: text, expression: text }),
  z.object({ kind: z.literal('plan-stop'), instrument: text, interval: text, expression: text }),
  /** A series of bars is kept from here on; its earlier bars follow in the same entry or the next. */
  z.object({ kind: z.literal('series-open'), instrument: text, interval: text }),
  z.object({ kind: z.literal('session'), venue: text, session: text, opensMs: timeMs, closesMs: timeMs, state: z.enum(['open', 'closed']) }),
  z.object({ kind: z.literal('instrument'), instrument: text, feed: text, source: z.enum(sources) }),
  /** The listed options of one expiry. `atmVolatility` is what a synthetic feed quotes round; rates are continuous, a year. */
  z.object({
    kind: z.literal('listing'),
    underlying: text,
    expiry: text,
    expiresMs: timeMs,
    strikes: z.array(z.number().positive()).min(1).max(1000),
    rate: z.number(),
    dividendYield: z.number(),
  }),
  /** A script runs on these bars from here on, or stops. The source is in the object store under its hash. */
  z.object({
    kind: z.literal('script-start'),
    script: text,
    version: z.number().int().positive(),
    sha256: text,
    instrument: text,
    interval: text,
    params: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
  }),
  z.object({ kind: z.literal('script-stop'), script: text, instrument: text, interval: text }),
  /**
   * The log was rolled back by a failover or a power loss, or (`failover-unproven`) may have been; what was lost is sent again after this.
   */
  z.object({
    kind: z.literal('gap'),
    generation: z.number().int(),
    lostAfter: z.number().int(),
    reason: z.enum(['rolled-back', 'failover-unproven']).optional(),
  }),
  /** Ids of the accepted trades of this entry, so that a repeat is known again after a restart. */
  z.object({ kind: z.literal('trade-ids'), instrument: text, ids: z.array(text) }),
  /** The feed ended: every open bar of it was closed. */
  z.object({ kind: z.literal('feed-end'), feed: text, tMs: timeMs }),
]);
/** A record that changes what is computed. */
export type ControlRecord = Readonly<z.infer<typeof controlRecord>>;

/** Everything that can stand in the `market` log. */
export type MarketRecord = Trade | Quote | Interest | Bar | Mark | ControlRecord;

/** What anybody but a feed may append to `inbox`: control records and pushed prices. */
export const inboxRecord = z.union([
  controlRecord,
  z.object({
    kind: z.literal('trade'),
    instrument: text,
    tMs: timeMs,
    price: z.number(),
    size: z.number(),
    source: z.enum(sources),
    id: z.string().optional(),
  }),
  z.object({
    kind: z.literal('quote'),
    instrument: text,
    tMs: timeMs,
    bid: z.number(),
    ask: z.number(),
    bidSize: z.number(),
    askSize: z.number(),
    source: z.enum(sources),
  }),
]);
/** A record of `inbox`. */
export type InboxRecord = Readonly<z.infer<typeof inboxRecord>>;
