import { z } from 'zod';

/** A time in REST: RFC 3339 in UTC with milliseconds. */
export const timeText = z.iso.datetime({ precision: 3 });
/** Epoch milliseconds, in fields that end in `Ms`. */
export const epochMs = z.number().int();
/** A number, or null where there is none; the reason stands beside it. */
export const maybeNumber = z.number().nullable();
/** A date of an exchange's calendar, `YYYY-MM-DD`. */
export const dateText = z.iso.date();

/** Where a list goes on. `nextCursor` is opaque and bound to the query and the user. */
export const pageSchema = z.object({ nextCursor: z.string().nullable(), hasMore: z.boolean() });

/** RFC 9457 problem details: every answer of 400 and above, and `error` in WebSocket messages. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  instance: z.string(),
  code: z.string(),
  requestId: z.string(),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string(), offset: z.number().int().optional() })),
});
/** Problem details. */
export type Problem = Readonly<z.infer<typeof problemSchema>>;
