import { z } from 'zod';
import { barBody, readingValues, realtimeSignals } from './realtime-bodies.ts';
import { dateText, pageSchema, timeText } from './scalars.ts';

/** `GET historical/bars`: `[from, to)` ascending. CSV has the row's columns in this order. */
export const historicalBars = z.object({ instrument: z.string(), interval: z.string(), data: z.array(barBody), page: pageSchema });

/** One closed bar's readings, keyed by canonical expression and output; rows of the warm-up are null. */
export const historicalReading = z.object({
  ts: timeText,
  session: dateText.optional(),
  final: z.boolean(),
  values: z.record(z.string(), readingValues),
});
/** A row of historical readings. */
export type HistoricalReading = Readonly<z.infer<typeof historicalReading>>;

/** `GET historical/indicators`: closed bars only, folded from the series' first stored bar. */
export const historicalIndicators = z.object({ instrument: z.string(), interval: z.string(), data: z.array(historicalReading), page: pageSchema });

/** `GET historical/signals`: stored signals of user scripts on an instrument. */
export const historicalSignals = z.object({ instrument: z.string(), data: realtimeSignals.shape.data, page: pageSchema });
