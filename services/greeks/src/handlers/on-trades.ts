import type { PackedRun } from '@signal/contracts';
import type { LegPlace, OptionBook } from '../chain/option-book.ts';
import { touch } from '../chain/option-slice.ts';
import type { RunContext } from './run-context.ts';

type LastTrade = Readonly<{ price: number; tMs: number }>;

const keepLast = ({ slice, leg }: LegPlace, { price, tMs }: LastTrade): void => {
  slice.legs.last[leg] = price;
  slice.legs.lastMs[leg] = tMs;
  touch(slice);
};

const keepSpot = (book: OptionBook, instrument: string, { price, tMs }: LastTrade): void => {
  const underlying = book.underlying(instrument);
  underlying.spot = price;
  underlying.spotMs = tMs;
  for (const slice of underlying.slices.values()) touch(slice);
};

/** Returns the handler of trades: an option's is its last price, any other instrument's its spot, which touches its chains. */
export function onTrades(book: OptionBook): (run: PackedRun<'trade'>, context: RunContext) => void {
  return ({ rows, columns }, { strings, firstIndex, reject }) => {
    for (let row = 0; row < rows; row++) {
      const instrument = strings[columns.instrument[row] as number] as string;
      const trade = { price: columns.price[row] as number, tMs: columns.tMs[row] as number };
      if (!Number.isFinite(trade.price)) {
        reject(firstIndex + row, 'schema', `price of ${instrument} is ${trade.price}, and must be finite`, { kind: 'trade', instrument, ...trade });
        continue;
      }
      book.advance(trade.tMs);
      const place = book.place(instrument);
      if (place === undefined) keepSpot(book, instrument, trade);
      else keepLast(place, trade);
    }
  };
}
