import type { PackedRun } from '@signal/contracts';
import type { OptionBook } from '../chain/option-book.ts';

/** Returns the handler of marks: market time has come so far, whichever feed says so. */
export function onMarks(book: OptionBook): (run: PackedRun<'mark'>) => void {
  return ({ rows, columns }) => {
    for (let row = 0; row < rows; row++) {
      const tMs = columns.tMs[row] ?? 0;
      book.advance(tMs);
      if (tMs > book.markMs) book.markMs = tMs;
    }
  };
}
