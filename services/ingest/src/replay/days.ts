import { isTradingDay } from '@signal/market';
import type { DayRow } from './day-row.ts';
import { createRandom } from './random.ts';

/** The days of one instrument: recorded ones, and bootstrapped ones after the last. */
export interface Days {
  /** Returns the row of a day number, or undefined when the instrument does not trade then. */
  row(day: number): DayRow | undefined;
  /** Returns the last row before a day number. */
  before(day: number): DayRow | undefined;
  /** Returns every row before a day number on which the exchange has a session, ascending. */
  allBefore(day: number): readonly DayRow[];
}

const SEED = 1;
const cents = (value: number): number => Math.round(value * 100) / 100;

/** A drawn day keeps the proportions of a recorded one to the close before it. */
const bootstrapped = (day: number, previous: DayRow, drawn: Readonly<{ row: DayRow; from: number }>): DayRow => {
  const scaled = (price: number): number => Math.max(0.01, cents((price / drawn.from) * previous.close));
  const { open, high, low, close, volume } = drawn.row;
  return { day, open: scaled(open), high: scaled(high), low: scaled(low), close: scaled(close), volume, source: 'synthetic' };
};

/** Returns the days of an instrument from its recorded rows (ascending, at least two). Nothing comes before the first; after the last, returns are drawn from the record. */
export function createDays(instrument: string, recorded: readonly DayRow[]): Days {
  const rows = new Map(recorded.map((row) => [row.day, row]));
  const list = [...recorded];
  const random = createRandom(`${instrument}|bootstrap|${SEED}`);
  const lastRecorded = recorded.at(-1)?.day ?? Number.POSITIVE_INFINITY;
  let filledTo = lastRecorded;
  const fillTo = (day: number): void => {
    for (let at = filledTo + 1; at <= day; at++) {
      const previous = list.at(-1);
      if (!isTradingDay(at) || previous === undefined) continue;
      const drawn = 1 + Math.floor(random() * (recorded.length - 1));
      const row = recorded[drawn];
      const before = recorded[drawn - 1];
      if (row === undefined || before === undefined) continue;
      const fresh = bootstrapped(at, previous, { row, from: before.close });
      rows.set(at, fresh);
      list.push(fresh);
    }
    filledTo = Math.max(filledTo, day);
  };
  const indexBefore = (day: number): number => {
    fillTo(day - 1);
    let low = 0;
    let high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((list[middle]?.day ?? 0) < day) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  };
  return {
    row: (day) => {
      fillTo(day);
      return rows.get(day);
    },
    before: (day) => list[indexBefore(day)],
    allBefore: (day) => list.slice(0, indexBefore(day) + 1).filter((row) => isTradingDay(row.day)),
  };
}
