import { z } from 'zod';

const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().int().min(min).max(max));

/** An instant of a query: RFC 3339, or a date, which is its midnight in UTC. */
export const queryTime = z.union([z.iso.datetime({ offset: true }), z.iso.date()]);

const interval = z.string().max(8).default('1m');
const indicators = z.string().min(1).max(4096);
const range = {
  from: queryTime.optional(),
  to: queryTime.optional(),
  limit: wholeNumber(1, 10_000).default(500),
  cursor: z.string().max(1024).optional(),
};

/** Query parameters of each route that has any. Unknown and repeated ones are refused before. */
export const queries = {
  none: z.object({}),
  interval: z.object({ interval }),
  indicators: z.object({ interval, indicators }),
  chain: z.object({
    expiry: z.iso.date().optional(),
    strikes: z
      .string()
      .regex(/^ATM[~±]\d{1,4}$/, 'must be ATM~n')
      .optional(),
  }),
  deadLetters: z.object({
    service: z.enum(['ingest', 'indicator', 'greeks', 'script-runner', 'archive']).optional(),
    topic: z.string().min(1).max(256).optional(),
    code: z.string().min(1).max(64).optional(),
    limit: wholeNumber(1, 500).default(50),
    cursor: z.string().max(1024).optional(),
  }),
  signals: z.object({ script: z.string().max(128).optional(), instrument: z.string().max(64).optional() }),
  historicalBars: z.object({ interval, ...range }),
  historicalIndicators: z.object({ interval, indicators, ...range }),
  historicalSignals: z.object({ script: z.string().max(128).optional(), ...range }),
} as const;
