import { readFileSync, readdirSync } from 'node:fs';
import { SignalError } from '@signal/contracts';
import { dayOf } from '@signal/market';
import type { DayRow } from './day-row.ts';

const dataFolder = new URL('../../data/', import.meta.url);
const fileName = /^([A-Z]+)_([A-Z0-9]+?)(_close)?\.csv$/;

const numbersOf = (line: string, file: string): readonly number[] => {
  const values = line.split(',').slice(1).map(Number);
  if (values.every((value) => Number.isFinite(value))) return values;
  throw new SignalError('schema', `a row of ${file} is ${JSON.stringify(line.slice(0, 80))}, and must be a date and numbers`);
};

/** A row of closes alone is bridged from the close before it; the first from its own. */
const closeRow = (close: number, previous: number | undefined): Omit<DayRow, 'day' | 'source'> => {
  const open = previous ?? close;
  return { open, high: Math.max(open, close), low: Math.min(open, close), close, volume: 0 };
};

const readRows = (file: string, closesOnly: boolean): readonly DayRow[] => {
  const rows: DayRow[] = [];
  for (const line of readFileSync(new URL(file, dataFolder), 'utf8').trim().split('\n').slice(1)) {
    const day = dayOf(line.slice(0, 10));
    const [open = 0, high = 0, low = 0, close = 0, volume = 0] = numbersOf(line, file);
    const prices = closesOnly ? closeRow(open, rows.at(-1)?.close) : { open, high, low, close, volume };
    rows.push({ day, ...prices, source: 'recorded' });
  }
  return rows;
};

/** Returns the recorded days of every instrument in the data folder, ascending. The first `_` of a file's name is the colon of the instrument. */
export function readRecordedDays(): ReadonlyMap<string, readonly DayRow[]> {
  const recorded = new Map<string, readonly DayRow[]>();
  for (const file of readdirSync(dataFolder).toSorted()) {
    const parts = fileName.exec(file);
    if (parts !== null) recorded.set(`${parts[1]}:${parts[2]}`, readRows(file, parts[3] !== undefined));
  }
  return recorded;
}
