import type { PackedRun } from '@signal/contracts';
import type { LegPlace, OptionBook } from '../chain/option-book.ts';
import { touch } from '../chain/option-slice.ts';
import type { RunContext } from './run-context.ts';

type Sides = Readonly<{ bid: number; ask: number; tMs: number }>;

const isQuote = ({ bid, ask }: Sides): boolean => bid >= 0 && ask >= 0 && Number.isFinite(bid + ask);

const keep = ({ slice, leg }: LegPlace, { bid, ask, tMs }: Sides): void => {
  slice.legs.bid[leg] = bid === 0 ? Number.NaN : bid;
  slice.legs.ask[leg] = ask === 0 ? Number.NaN : ask;
  slice.legs.quotedMs[leg] = tMs;
  touch(slice);
};

/** Returns the handler of quotes: those of listed options are kept, 0 being an empty side; others price no chain. */
export function onQuotes(book: OptionBook): (run: PackedRun<'quote'>, context: RunContext) => void {
  return ({ rows, columns }, { strings, firstIndex, reject }) => {
    for (let row = 0; row < rows; row++) {
      const instrument = strings[columns.instrument[row] as number] as string;
      const sides = { bid: columns.bid[row] as number, ask: columns.ask[row] as number, tMs: columns.tMs[row] as number };
      if (!isQuote(sides)) {
        reject(firstIndex + row, 'schema', `quote of ${instrument} is ${sides.bid} to ${sides.ask}, and both must be 0 or more`, {
          kind: 'quote',
          instrument,
          ...sides,
        });
        continue;
      }
      book.advance(sides.tMs);
      const place = book.place(instrument);
      if (place !== undefined) keep(place, sides);
    }
  };
}
