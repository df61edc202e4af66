import { compareIds, decodeEntry, openRedis, rangeOf, type RedisClient } from '@signal/bus';
import { createKeys, SignalError, type Topic, topics } from '@signal/contracts';
import { readRunInfo } from '../data/run-file.ts';
import { wholeFlag } from '../flags/checks.ts';
import { runCommand } from '../run-command.ts';
import { readCommandLine, textFlag } from './command-line.ts';

const help = `npm run peek -- KEY [ID] [--count N]
Prints entries of a topic's stream, a JSON line each: {"id","v","n","records":[…]}. What is missing between them is said on stderr.

  KEY          a stream, for instance market:{60}:54
  ID           the first entry to print; without it the newest ones are printed
  --count N    how many entries (with an ID 1, without 10)
  --data DIR   data directory of the running fleet (.data)
  --url URL    its Redis, instead of the one that run.json names
  --help       this text
`;
const value = { type: 'string' } as const;
const MAX_COUNT = 100_000;

function topicOf(key: string): Topic {
  const topic = topics.find((candidate) => new RegExp(`(^|:)${candidate}:\\{\\d+\\}:\\d+$`).test(key));
  if (topic !== undefined) return topic;
  throw new SignalError('usage', `"${key}" is not the key of a topic, like ${createKeys().topic('market', 54)}; topics are ${topics.join(', ')}`);
}

async function print(redis: RedisClient, key: string, range: Readonly<{ id: string | undefined; count: number }>): Promise<void> {
  const topic = topicOf(key);
  const from = range.id ?? (await newestId(redis, key, range.count));
  const entries = await rangeOf(redis, key, { from, to: '+', count: range.count });
  let last: string | undefined;
  for (const { fields, id } of entries) {
    const entry = decodeEntry(topic, fields);
    const gap = entry.prev === null ? undefined : gapBefore(entry.prev, { last, wanted: range.id });
    if (gap !== undefined) process.stderr.write(`before ${id} something is missing: ${gap}\n`);
    process.stdout.write(`${JSON.stringify({ id, ...entry })}\n`);
    last = id;
  }
}

/** Returns what is missing before an entry that names `prev`: after the last printed, or from the one that was asked for. */
function gapBefore(prev: string, { last, wanted }: Readonly<{ last: string | undefined; wanted: string | undefined }>): string | undefined {
  if (last !== undefined) return prev === last ? undefined : `it follows ${prev}, not ${last}`;
  return wanted !== undefined && compareIds(prev, wanted) >= 0 ? `entries from ${wanted} up to ${prev} are not there any more` : undefined;
}

/** Returns the id at which the newest `count` entries begin. */
async function newestId(redis: RedisClient, key: string, count: number): Promise<string> {
  const newest = await redis.xrevrange(key, '+', '-', 'COUNT', count);
  return newest.at(-1)?.[0] ?? '-';
}

await runCommand(async () => {
  const line = readCommandLine({ count: value, data: value, url: value }, help, { words: 2 });
  if (line === undefined) return;
  const [key, id] = line.words;
  if (key === undefined) throw new SignalError('usage', 'peek needs the KEY of a stream; --help shows one');
  if (id !== undefined && !/^\d+(-\d+)?$/.test(id)) throw new SignalError('usage', `"${id}" is not an entry id like 1234-0`);
  topicOf(key);
  const count = wholeFlag('count', textFlag(line, 'count', id === undefined ? '10' : '1'), [1, MAX_COUNT]);
  const url = textFlag(line, 'url', '') || readRunInfo(textFlag(line, 'data', '.data')).redisUrl;
  const redis = await openRedis(url, { name: 'peek' });
  try {
    await print(redis, key, { id, count });
  } finally {
    redis.disconnect();
  }
});
