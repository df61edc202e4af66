import type { LogEntry, Output, PartitionFold, Reject } from '@signal/bus';
import type { ControlRecord, MarketRun } from '@signal/contracts';
import { decodeBook, encodeBook } from './book-snapshot.ts';
import { OptionBook } from './chain/option-book.ts';
import { onInterest } from './handlers/on-interest.ts';
import { onListing } from './handlers/on-listing.ts';
import { onMarks } from './handlers/on-marks.ts';
import { onQuotes } from './handlers/on-quotes.ts';
import { onTrades } from './handlers/on-trades.ts';
import type { RunContext } from './handlers/run-context.ts';
import { publishDue } from './publish/publish-due.ts';

/** Returns the fold of one partition: records change the book, and what is due after the entry goes out. */
export function createGreeksFold(snapshot?: Uint8Array): PartitionFold {
  const book = snapshot === undefined ? new OptionBook() : decodeBook(snapshot);
  const trades = onTrades(book);
  const quotes = onQuotes(book);
  const interest = onInterest(book);
  const marks = onMarks(book);
  const listing = onListing(book);

  const applyControl = (records: readonly ControlRecord[]): void => {
    for (const record of records) if (record.kind === 'listing') listing(record);
  };

  const applyRun = (run: MarketRun, context: RunContext): void => {
    switch (run.kind) {
      case 'trade':
        return trades(run, context);
      case 'quote':
        return quotes(run, context);
      case 'interest':
        return interest(run, context);
      case 'mark':
        return marks(run);
      case 'control':
        return applyControl(run.records);
      case 'bar':
        return;
    }
  };

  return {
    apply({ body }: LogEntry, reject: Reject): readonly Output[] {
      let firstIndex = 0;
      for (const run of body.runs) {
        applyRun(run, { strings: body.strings, firstIndex, reject });
        firstIndex += run.rows;
      }
      return publishDue(book);
    },
    snapshot: () => encodeBook(book),
  };
}
