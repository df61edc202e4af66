import { z } from 'zod';
import { pageSchema, timeText } from './scalars.ts';

/**
 * A dead letter: a record that a service could not take. `index` counts the records of its entry, -1 is all of it. `ts` is when it was
 * written, `replayed` when and by whom it was put into the inbox again, under which id.
 */
export const deadLetter = z.object({
  id: z.string(),
  ts: timeText,
  service: z.string(),
  topic: z.string(),
  entryId: z.string(),
  index: z.number().int(),
  code: z.string(),
  error: z.string(),
  attempts: z.number().int(),
  record: z.unknown(),
  replayed: z.object({ ts: timeText, by: z.string(), inboxId: z.string() }).nullable(),
});
/** A dead letter. */
export type DeadLetterBody = Readonly<z.infer<typeof deadLetter>>;

/** `GET admin/dead-letters`: newest first. A page may have fewer than asked for, and more may follow all the same. */
export const deadLetterList = z.object({ data: z.array(deadLetter), page: pageSchema });
