import { z } from 'zod';

/**
 * `POST realtime/ticks`. Only the shape is a matter of the schema (422): a value that a feed may not have
 * is a rejected row of the 202, with the reason's code.
 */
export const tickBatch = z
  .strictObject({
    ticks: z
      .array(
        z.strictObject({
          instrument: z.string(),
          tsMs: z.number(),
          price: z.number(),
          size: z.number().default(0),
          id: z.string().max(255).optional(),
        }),
      )
      .default([]),
    quotes: z
      .array(
        z.strictObject({
          instrument: z.string(),
          tsMs: z.number(),
          bid: z.number(),
          ask: z.number(),
          bidSize: z.number().default(0),
          askSize: z.number().default(0),
        }),
      )
      .default([]),
  })
  .refine((batch) => batch.ticks.length + batch.quotes.length <= 10_000, 'a batch may have 10,000 rows');
/** A pushed batch. */
export type TickBatch = Readonly<z.infer<typeof tickBatch>>;

/** Reasons for which a pushed row is rejected at once; `duplicate` and `late` are found behind the inbox. */
export const tickReasons = ['schema', 'time', 'instrument', 'price', 'size', 'future'] as const;
/** Why a pushed row was rejected. */
export type TickReason = (typeof tickReasons)[number];

/** Answer to `POST realtime/ticks`: rows are counted through ticks, then quotes. */
export const tickReceipt = z.object({
  accepted: z.number().int(),
  rejected: z.array(z.object({ index: z.number().int(), code: z.enum(tickReasons) })),
});
/** What became of a pushed batch. */
export type TickReceipt = Readonly<z.infer<typeof tickReceipt>>;
