import type { EntryFields, ErrorCode, Topic } from '@signal/contracts';

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
