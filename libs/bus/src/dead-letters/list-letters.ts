import type { Bus } from '../bus.ts';
import { type RawEntry, rangeBackOf } from '../redis/stream-replies.ts';
import { decodeDeadLetter, type KeptLetter, type LetterPlace } from './dead-letter.ts';
import { compareLetters, compareStreams } from './letter-order.ts';

/** Which letters to list: of these services, after `after`, where `matches` says so. */
export type LetterQuery = Readonly<{
  services: readonly string[];
  limit: number;
  after?: LetterPlace | undefined;
  matches?: (letter: KeptLetter) => boolean;
}>;

/** Letters, newest first. `next` is where to go on; it is there while there may be more, also when none of a long stretch matched. */
export type LetterPage = Readonly<{ letters: readonly KeptLetter[]; next: LetterPlace | undefined }>;

type Stream = { readonly service: string; readonly partition: number; readonly read: KeptLetter[]; isRead: boolean };

/** Letters looked at for one page at most, so that a filter which nothing matches ends. */
const MOST_LOOKED_AT = 5_000;
/** Letters of one reply at most: each may have 64 KiB. */
const AT_ONCE = 20;

const firstIdFor = (stream: Stream, after: LetterPlace | undefined): string => {
  if (after === undefined) return '+';
  return compareStreams(stream, after) > 0 ? after.id : `(${after.id}`;
};

const readMore = async (bus: Bus, stream: Stream, at: Readonly<{ from: string; count: number }>): Promise<void> => {
  const entries: readonly RawEntry[] = await rangeBackOf(bus.bulk, bus.keys.dead(stream.service, stream.partition), at);
  stream.read.push(...entries.map((entry) => decodeDeadLetter(stream, entry)));
  stream.isRead = entries.length < at.count;
};

/** Opens all streams at their newest letter; those without any are left out. */
const openStreams = async (bus: Bus, query: LetterQuery): Promise<Stream[]> => {
  const streams = query.services.flatMap((service) =>
    Array.from({ length: bus.partitions }, (_, partition): Stream => ({ service, partition, read: [], isRead: false })),
  );
  await Promise.all(streams.map((stream) => readMore(bus, stream, { from: firstIdFor(stream, query.after), count: 1 })));
  return streams.filter(({ read }) => read.length > 0);
};

const newestOf = (streams: readonly Stream[]): Stream | undefined => {
  let newest: Stream | undefined;
  for (const stream of streams) {
    const [head] = stream.read;
    const [best] = newest?.read ?? [];
    if (head !== undefined && (best === undefined || compareLetters(head, best) < 0)) newest = stream;
  }
  return newest;
};

/** Lists letters over all streams of some services. */
export async function listLetters(bus: Bus, query: LetterQuery): Promise<LetterPage> {
  const streams = await openStreams(bus, query);
  const letters: KeptLetter[] = [];
  let last = query.after;
  for (let looked = 0; looked < MOST_LOOKED_AT; looked += 1) {
    const stream = newestOf(streams);
    const letter = stream?.read[0];
    if (stream === undefined || letter === undefined) return { letters, next: undefined };
    // One letter too many was found: there is a next page.
    const isMatch = query.matches?.(letter) ?? true;
    if (isMatch && letters.length === query.limit) return { letters, next: last };
    if (isMatch) letters.push(letter);
    last = letter;
    stream.read.shift();
    if (stream.read.length === 0 && !stream.isRead) await readMore(bus, stream, { from: `(${letter.id}`, count: AT_ONCE });
  }
  return { letters, next: last };
}
