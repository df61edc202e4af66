import { type Bus, groupsOf, sequenceOf, stateOf, ZERO_ID } from '@signal/bus';
import { partitionOf, type Topic } from '@signal/contracts';
import type { Roster } from './roster.ts';
import { INTERNAL_KEY } from './settings.ts';

const ARCHIVED: readonly Topic[] = ['market', 'bars', 'indicators', 'scripts'];
const READERS = ['indicator', 'greeks', 'script-runner'] as const;
const ASK_WITHIN_MS = 2_000;

/** What ingest says of its feed. */
export type FeedState = Readonly<{ state: 'live' | 'ended'; marketTimeMs: number | null }>;

/** Asks the ingest members, one after the other, how far the feed is; `undefined` when none could be asked. */
export async function readFeed(roster: Roster): Promise<FeedState | undefined> {
  for (const one of roster.readyOf('ingest')) {
    try {
      const headers = { authorization: `Bearer ${INTERNAL_KEY}` };
      const response = await fetch(`${one.url()}/feed`, { headers, signal: AbortSignal.timeout(ASK_WITHIN_MS) });
      if (response.ok) return (await response.json()) as FeedState;
    } catch {
      // It may just have been killed; the next one knows as much.
    }
  }
  return undefined;
}

/** Returns the partitions of these instruments. */
export function partitionsOf(bus: Bus, instruments: readonly string[]): readonly number[] {
  return [...new Set(instruments.map((instrument) => partitionOf(instrument, bus.partitions)))].toSorted((left, right) => left - right);
}

/** Tells whether market time has passed an instant in all of these partitions. */
export async function hasPassed(bus: Bus, partitions: readonly number[], tMs: number): Promise<boolean> {
  const times = await Promise.all(partitions.map((partition) => bus.redis.hget(bus.keys.position('ingest', partition), 'tMs')));
  return times.every((time) => Number(time ?? 0) >= tMs);
}

/** `n` counts entries: an entry that became several parts counts once. */
const isBehind = (read: string | null | undefined, lastId: string, slackEntries: number): boolean =>
  slackEntries === 0 ? (read ?? ZERO_ID) !== lastId : sequenceOf(lastId) - sequenceOf(read ?? ZERO_ID) > slackEntries;

const archiveLags = async (bus: Bus, partition: number, slackEntries: number): Promise<readonly string[]> => {
  const lags: string[] = [];
  for (const topic of ARCHIVED) {
    const key = bus.keys.topic(topic, partition);
    const { lastId } = await stateOf(bus.redis, key);
    const stored = (await groupsOf(bus.redis, key)).get('archive');
    if (isBehind(stored, lastId, slackEntries)) lags.push(`archive ${topic} ${partition}: ${stored ?? 'nothing'} of ${lastId}`);
  }
  return lags;
};

/** Returns, in words, who is more than so many entries behind the end of these partitions, the archive included; nothing when nobody is. */
export async function readersBehind(bus: Bus, partitions: readonly number[], slackEntries = 0): Promise<readonly string[]> {
  const behind: string[] = [];
  for (const partition of partitions) {
    const { lastId } = await stateOf(bus.redis, bus.keys.topic('market', partition));
    for (const service of READERS) {
      const cursor = await bus.redis.hget(bus.keys.position(service, partition), 'cursor');
      if (isBehind(cursor, lastId, slackEntries)) behind.push(`${service} ${partition}: ${cursor ?? 'nothing'} of ${lastId}`);
    }
    behind.push(...(await archiveLags(bus, partition, slackEntries)));
  }
  return behind;
}
