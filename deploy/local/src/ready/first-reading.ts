import { rangeOf, stateOf, type RedisClient } from '@signal/bus';
import { decodeSignals, type Keys, partitionOf } from '@signal/contracts';

/** The reading whose first non-null value says that the whole path flows. */
const INSTRUMENT = 'INDEX:SPX';
const INTERVAL = '1m';
const EXPRESSION = 'rsi(14)';
const COUNT = 500;

/** Looks for the first reading after a moment; each call goes on where the last one ended. */
export interface ReadingWatch {
  hasCome(): Promise<boolean>;
}

type Place = Readonly<{ redis: RedisClient; keys: Keys; partitions: number }>;

function readingTopic({ keys, partitions }: Place): string {
  return keys.topic('indicators', partitionOf(INSTRUMENT, partitions));
}

/** Returns the id of the last reading published so far: what comes after it was published since. */
export async function lastReadingId(place: Place): Promise<string> {
  return (await stateOf(place.redis, readingTopic(place))).lastId;
}

/** Returns a watch of the first non-null rsi(14) of INDEX:SPX 1m that is published after an id. */
export function createReadingWatch(place: Place, afterId: string): ReadingWatch {
  const key = readingTopic(place);
  let after = afterId;
  return {
    hasCome: async () => {
      for (;;) {
        const entries = await rangeOf(place.redis, key, { from: `(${after}`, to: '+', count: COUNT });
        if (entries.some((entry) => holdsReading(entry.fields.get('json')))) return true;
        after = entries.at(-1)?.id ?? after;
        if (entries.length < COUNT) return false;
      }
    },
  };
}

function holdsReading(json: Buffer | undefined): boolean {
  if (json === undefined) return false;
  const wanted = decodeSignals({ json }).filter(
    (signal) => signal.instrument === INSTRUMENT && signal.interval === INTERVAL && signal.expression === EXPRESSION,
  );
  return wanted.some((signal) => typeof signal.data['rsi'] === 'number');
}
