import { type InboxRecord, inboxRecord, SignalError } from '@signal/contracts';
import type { KeptLetter } from './dead-letter.ts';

/** The service that writes the log: what it refused is not in there. */
const SEQUENCER = 'ingest';

const refuse = (why: string): never => {
  throw new SignalError('letter_not_replayable', why);
};

/**
 * Returns the record of a letter as it can be put into the inbox, or throws why it cannot: `letter_in_log` when the log has it already
 * (again would count it twice), `letter_not_replayable` when the inbox takes no such record.
 */
export function replayableRecord(letter: KeptLetter): InboxRecord {
  if (letter.service !== SEQUENCER) {
    throw new SignalError(
      'letter_in_log',
      `the record stands in ${letter.topic} at ${letter.entryId}, and ${letter.service} left it out; again in the log it would count twice for everybody else`,
    );
  }
  if (letter.index < 0) refuse(`the letter is of a whole entry, ${letter.entryId} of ${letter.topic}, and only a single record can be replayed`);
  const parsed = inboxRecord.safeParse(letter.record);
  if (!parsed.success)
    return refuse(`the record does not fit the schema of the inbox: ${parsed.error.issues[0]?.message ?? 'it is none of its kinds'}`);
  const record = parsed.data;
  // The sequencer takes prices and requests for a series from an inbox; the rest it says itself.
  const isTaken = record.kind === 'trade' || record.kind === 'quote' || 'interval' in record;
  return isTaken ? record : refuse(`a record ${record.kind} is said by feeds and the sequencer, and taken from no inbox`);
}
