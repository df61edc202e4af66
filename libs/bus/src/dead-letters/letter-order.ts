import { compareIds } from '../redis/stream-id.ts';
import type { LetterPlace } from './dead-letter.ts';

/** Returns a number below 0 when `a` comes before `b` in a list: the newer first, then by service and partition. */
export function compareLetters(a: LetterPlace, b: LetterPlace): number {
  return compareIds(b.id, a.id) || compareStreams(a, b);
}

/** Returns a number below 0 when letters of the stream of `a` come before equally old ones of that of `b`. */
export function compareStreams(a: Omit<LetterPlace, 'id'>, b: Omit<LetterPlace, 'id'>): number {
  if (a.service !== b.service) return a.service < b.service ? -1 : 1;
  return a.partition - b.partition;
}
