import type { RedisClient } from './redis-client.ts';
import { ZERO_ID } from './stream-id.ts';

/** An entry as Redis gives it: id and fields, values as bytes. */
export type RawEntry = Readonly<{ id: string; fields: ReadonlyMap<string, Buffer> }>;

type RawReplyEntry = readonly [id: Buffer, fields: readonly Buffer[] | null];

const entryOf = ([id, flat]: RawReplyEntry): RawEntry => {
  const fields = new Map<string, Buffer>();
  for (let i = 0; flat !== null && i + 1 < flat.length; i += 2) fields.set((flat[i] as Buffer).toString('latin1'), flat[i + 1] as Buffer);
  return { id: id.toString('latin1'), fields };
};

/** Which streams to read, each after an id; `blockMs` waits for the first entry. */
export type ReadRequest = Readonly<{ cursors: ReadonlyMap<string, string>; count: number; blockMs?: number }>;

/** Returns the entries after each cursor, by stream key; streams without any are absent. */
export async function readStreams(redis: RedisClient, request: ReadRequest): Promise<ReadonlyMap<string, readonly RawEntry[]>> {
  const block = request.blockMs === undefined ? [] : ['BLOCK', request.blockMs];
  const reply = (await redis.callBuffer('xread', [
    'COUNT',
    request.count,
    ...block,
    'STREAMS',
    ...request.cursors.keys(),
    ...request.cursors.values(),
  ])) as readonly (readonly [Buffer, readonly RawReplyEntry[]])[] | null;
  return new Map((reply ?? []).map(([key, entries]) => [String(key), entries.map(entryOf)]));
}

/** Returns at most `count` entries from `from` to `to`, both included; `(` before an id excludes it. */
export async function rangeOf(
  redis: RedisClient,
  key: string,
  range: Readonly<{ from: string; to: string; count: number }>,
): Promise<readonly RawEntry[]> {
  const reply = (await redis.callBuffer('xrange', [key, range.from, range.to, 'COUNT', range.count])) as readonly RawReplyEntry[];
  return reply.map(entryOf);
}

/** Returns at most `count` entries from `from` downwards, newest first; `(` before an id excludes it. */
export async function rangeBackOf(
  redis: RedisClient,
  key: string,
  { from, count }: Readonly<{ from: string; count: number }>,
): Promise<readonly RawEntry[]> {
  const reply = (await redis.callBuffer('xrevrange', [key, from, '-', 'COUNT', count])) as readonly RawReplyEntry[];
  return reply.map(entryOf);
}

/** What a stream says of itself. `lastId` outlives trimming; `firstId` is undefined when it holds nothing. */
export type StreamState = Readonly<{ lastId: string; firstId: string | undefined }>;

const pairsOf = (flat: readonly unknown[]): ReadonlyMap<string, unknown> => {
  const pairs = new Map<string, unknown>();
  for (let i = 0; i + 1 < flat.length; i += 2) pairs.set(String(flat[i]), flat[i + 1]);
  return pairs;
};

const isNoSuchKey = (error: unknown): boolean => error instanceof Error && /no such key/i.test(error.message);

/** Returns where a stream ends and begins; a missing stream ends at `0-0`. */
export async function stateOf(redis: RedisClient, key: string): Promise<StreamState> {
  try {
    const pairs = pairsOf((await redis.callBuffer('xinfo', ['STREAM', key])) as readonly unknown[]);
    const first = pairs.get('first-entry') as RawReplyEntry | null | undefined;
    return { lastId: String(pairs.get('last-generated-id')), firstId: first === null || first === undefined ? undefined : String(first[0]) };
  } catch (error) {
    if (isNoSuchKey(error)) return { lastId: ZERO_ID, firstId: undefined };
    throw error;
  }
}

/** Returns the last-delivered id of each consumer group of a stream: the positions that their services committed. */
export async function groupsOf(redis: RedisClient, key: string): Promise<ReadonlyMap<string, string>> {
  try {
    const groups = (await redis.callBuffer('xinfo', ['GROUPS', key])) as readonly (readonly unknown[])[];
    return new Map(groups.map(pairsOf).map((group) => [String(group.get('name')), String(group.get('last-delivered-id'))]));
  } catch (error) {
    if (isNoSuchKey(error)) return new Map();
    throw error;
  }
}
