import type { PackedRun } from '@signal/contracts';
import type { OptionBook } from '../chain/option-book.ts';
import { touch } from '../chain/option-slice.ts';
import type { RunContext } from './run-context.ts';

/** Returns the handler of open interest and volume of listed options. */
export function onInterest(book: OptionBook): (run: PackedRun<'interest'>, context: RunContext) => void {
  return ({ rows, columns }, { strings }) => {
    for (let row = 0; row < rows; row++) {
      book.advance(columns.tMs[row] ?? 0);
      const place = book.place(strings[columns.instrument[row] ?? -1] ?? '');
      if (place === undefined) continue;
      place.slice.legs.openInterest[place.leg] = columns.openInterest[row] ?? Number.NaN;
      place.slice.legs.volume[place.leg] = columns.volume[row] ?? Number.NaN;
      touch(place.slice);
    }
  };
}
