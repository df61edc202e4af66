import type { InboxEntry } from '@signal/bus';
import type { InboxRecord } from '@signal/contracts';

type PushedQuote = Extract<InboxRecord, { kind: 'quote' }>;

/**
 * Returns the records without those quotes that a later quote of the same instrument makes pointless. Trades and requests all stay, and
 * so does a quote that will be refused: it displaces nothing, and its refusal is told.
 */
export function conflateQuotes(records: readonly InboxEntry[], isTaken: (quote: PushedQuote) => boolean): readonly InboxEntry[] {
  const newest = new Set<string>();
  return records
    .toReversed()
    .filter(({ record }) => {
      if (record.kind !== 'quote' || !isTaken(record)) return true;
      if (newest.has(record.instrument)) return false;
      newest.add(record.instrument);
      return true;
    })
    .toReversed();
}
