import type { Source } from '@signal/contracts';

/** One recorded (or bootstrapped) day of an instrument. `day` is the day number of its date. */
export type DayRow = Readonly<{
  day: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  source: Extract<Source, 'recorded' | 'synthetic'>;
}>;
