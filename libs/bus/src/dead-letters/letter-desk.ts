import { type InboxRecord, SignalError, WIRE_VERSION } from '@signal/contracts';
import type { Bus } from '../bus.ts';
import { MAX_INBOX_ENTRIES } from '../inbox.ts';
import { rangeOf } from '../redis/stream-replies.ts';
import { runScript } from '../scripts/run-script.ts';
import { DEAD_LETTERS_KEPT, decodeDeadLetter, type KeptLetter, type LetterPlace } from './dead-letter.ts';
import { type LetterPage, type LetterQuery, listLetters } from './list-letters.ts';
import { replayableRecord } from './replayable-record.ts';

/** When and by whom a letter was replayed, and the id of its record in the inbox. */
export type LetterMark = Readonly<{ inboxId: string; atMs: number; by: string }>;

/** A letter, and what became of it. */
export type MarkedLetter = KeptLetter & Readonly<{ replayed: LetterMark | undefined }>;

/** Letters with what became of them. */
export type MarkedPage = Readonly<{ letters: readonly MarkedLetter[]; next: LetterPage['next'] }>;

/** What operators do with dead letters. */
export interface LetterDesk {
  list(query: LetterQuery): Promise<MarkedPage>;
  /** Returns a letter; undefined when it is not there, or not any more. */
  read(place: LetterPlace): Promise<MarkedLetter | undefined>;
  /**
   * Puts the record into the inbox as a new, late one, and marks the letter. Throws `letter_replayed` when it has a mark already,
   * `letter_in_log` or `letter_not_replayable` when its record is not for the inbox, `not_found` when it is gone meanwhile.
   */
  replay(letter: KeptLetter, by: string): Promise<LetterMark>;
  /** Takes a letter away; false when it was not there. */
  discard(place: LetterPlace): Promise<boolean>;
}

/** Marks of letters that the bound dropped are swept when there are so many. */
const SWEEP_ABOVE = 2 * DEAD_LETTERS_KEPT;

/** Returns the mark of its stored text. */
const markOf = (text: string | null): LetterMark | undefined => {
  const [, inboxId = '', atMs = '', by = ''] = /^([^|]*)\|(\d+)\|(.*)$/s.exec(text ?? '') ?? [];
  return inboxId === '' ? undefined : { inboxId, atMs: Number(atMs), by };
};

/** Returns the desk over the dead letters in Redis. */
export function createLetterDesk(bus: Bus): LetterDesk {
  const marksOf = ({ service, partition }: LetterPlace): string => bus.keys.letterMarks(service, partition);
  const marked = async (letter: KeptLetter): Promise<MarkedLetter> => ({
    ...letter,
    replayed: markOf(await bus.redis.hget(marksOf(letter), letter.id)),
  });
  return {
    list: async (query) => {
      const { letters, next } = await listLetters(bus, query);
      return { letters: await Promise.all(letters.map(marked)), next };
    },
    read: async (place) => {
      if (place.partition >= bus.partitions) return undefined;
      const at = { from: place.id, to: place.id, count: 1 };
      const [entry] = await rangeOf(bus.redis, bus.keys.dead(place.service, place.partition), at);
      return entry === undefined ? undefined : marked(decodeDeadLetter(place, entry));
    },
    replay: async (letter, by) => replay(bus, { letter, by, record: replayableRecord(letter) }),
    discard: async (place) => {
      const keys = [bus.keys.dead(place.service, place.partition), marksOf(place)];
      return (await runScript(bus.redis, 'discardLetter', { keys, args: [place.id] })) === 1;
    },
  };
}

async function replay(bus: Bus, order: Readonly<{ letter: KeptLetter; by: string; record: InboxRecord }>): Promise<LetterMark> {
  const { letter, by, record } = order;
  const { service, partition, id } = letter;
  const inbox = bus.keys.topic('inbox', partition);
  const [outcome = '', detail = ''] = (await runScript(bus.redis, 'replayLetter', {
    keys: [bus.keys.dead(service, partition), bus.keys.letterMarks(service, partition), inbox],
    args: [id, by, WIRE_VERSION, JSON.stringify(record), MAX_INBOX_ENTRIES, SWEEP_ABOVE],
  })) as readonly string[];
  const mark = markOf(detail);
  switch (outcome) {
    case 'gone':
      throw new SignalError('not_found', `the letter ${id} of ${service} ${partition} is gone`);
    case 'overloaded':
      throw new SignalError('overloaded', `${inbox} holds ${detail} records, and may hold ${MAX_INBOX_ENTRIES}`);
    case 'marked':
      throw new SignalError('letter_replayed', `the letter was replayed by ${mark?.by} as ${mark?.inboxId} of ${inbox}`);
    default:
      if (outcome === 'replayed' && mark !== undefined) return mark;
      throw new SignalError('redis_failed', `a replay was answered with "${outcome}"`);
  }
}
