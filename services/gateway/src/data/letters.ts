import { type KeptLetter, letterName, type LetterDesk, type LetterMark, type LetterPlace, type MarkedLetter } from '@signal/bus';
import { type DeadLetterBody, isSignalError } from '@signal/contracts';
import type { Logger } from '@signal/kernel';
import { timeTextOf } from './bar-body.ts';

/** Dead letters, as operators list, replay and discard them. */
export interface Letters extends Pick<LetterDesk, 'list' | 'read'> {
  replay(letter: KeptLetter, by: string): Promise<LetterMark>;
  discard(place: LetterPlace, by: string): Promise<boolean>;
}

/** Returns the letters of a desk, with a line in the log for whatever somebody does to one. */
export function auditedLetters(desk: LetterDesk, log: Logger): Letters {
  const audit = (actor: string, action: string, about: Readonly<{ letter: LetterPlace; outcome: string }>): void =>
    log.info(
      { audit: true, actor, action, target: letterName(about.letter), letter: about.letter, outcome: about.outcome },
      'an operator changed something',
    );
  return {
    list: (query) => desk.list(query),
    read: (place) => desk.read(place),
    replay: async (letter, by) => {
      const { service, partition, id } = letter;
      const place = { service, partition, id };
      try {
        const mark = await desk.replay(letter, by);
        audit(by, 'dead-letter.replay', { letter: place, outcome: `appended to the inbox as ${mark.inboxId}` });
        return mark;
      } catch (error) {
        audit(by, 'dead-letter.replay', { letter: place, outcome: isSignalError(error) ? error.code : 'failed' });
        throw error;
      }
    },
    discard: async (place, by) => {
      const isGone = await desk.discard(place);
      audit(by, 'dead-letter.discard', { letter: place, outcome: isGone ? 'discarded' : 'not_found' });
      return isGone;
    },
  };
}

/** Returns a letter as the API shows it. */
export function letterBody(letter: MarkedLetter): DeadLetterBody {
  const { service, topic, entryId, index, code, error, attempts, record, replayed } = letter;
  return {
    id: letterName(letter),
    ts: timeTextOf(Number.parseInt(letter.id, 10)),
    service,
    topic,
    entryId,
    index,
    code,
    error,
    attempts,
    record,
    replayed: replayed === undefined ? null : { ts: timeTextOf(replayed.atMs), by: replayed.by, inboxId: replayed.inboxId },
  };
}
