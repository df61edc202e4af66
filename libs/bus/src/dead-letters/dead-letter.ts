import type { EntryFields, ErrorCode, Topic } from '@signal/contracts';
import type { RawEntry } from '../redis/stream-replies.ts';

/** A record that could not be taken. `index` counts the records of its entry; -1 means the whole entry. */
export type DeadLetter = Readonly<{
  topic: Topic;
  entryId: string;
  index: number;
  code: ErrorCode;
  error: string;
  attempts: number;
  record: unknown;
}>;

/** Letters kept per service and partition. */
export const DEAD_LETTERS_KEPT = 10_000;

/** Where a letter stands: the stream of a service and partition, and its id there, which begins with the server's time. */
export type LetterPlace = Readonly<{ service: string; partition: number; id: string }>;

/** A letter as it is kept; `topic` is the key of the stream that its record came from. */
export type KeptLetter = LetterPlace & Omit<DeadLetter, 'topic' | 'code'> & Readonly<{ topic: string; code: string }>;

const MAX_ERROR_CHARACTERS = 2_000;
const MAX_RECORD_CHARACTERS = 64 * 1024;

const textOf = (record: unknown): string => {
  try {
    return JSON.stringify(record) ?? 'null';
  } catch {
    return JSON.stringify(String(record));
  }
};

/** Returns the fields of a dead letter's entry; a record too large to keep becomes the beginning of its text. */
export function encodeDeadLetter(letter: DeadLetter, key: string): EntryFields {
  const record = textOf(letter.record);
  return {
    topic: key,
    entryId: letter.entryId,
    index: String(letter.index),
    code: letter.code,
    error: letter.error.slice(0, MAX_ERROR_CHARACTERS),
    attempts: String(letter.attempts),
    record: record.length <= MAX_RECORD_CHARACTERS ? record : JSON.stringify(record.slice(0, MAX_RECORD_CHARACTERS / 2)),
  };
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
};

/** Returns the letter of an entry. What waited in an inbox is kept as its text, and shown as the record that it is. */
export function decodeDeadLetter(from: Readonly<{ service: string; partition: number }>, entry: RawEntry): KeptLetter {
  const field = (name: string): string => entry.fields.get(name)?.toString() ?? '';
  const record = parsed(field('record'));
  return {
    service: from.service,
    partition: from.partition,
    id: entry.id,
    topic: field('topic'),
    entryId: field('entryId'),
    index: Number(field('index')),
    code: field('code'),
    error: field('error'),
    attempts: Number(field('attempts')),
    record: typeof record === 'string' ? parsed(record) : record,
  };
}
