import { type Bus, rangeOf } from '@signal/bus';

const PAGE = 1000;

async function countAfter(redis: Bus['redis'], key: string, id: string): Promise<number> {
  let count = 0;
  let from = `(${id}`;
  for (;;) {
    const page = await rangeOf(redis, key, { from, to: '+', count: PAGE });
    count += page.length;
    if (page.length < PAGE) return count;
    from = `(${page.at(-1)?.id ?? id}`;
  }
}

async function entriesAdded(redis: Bus['redis'], key: string): Promise<number> {
  const flat = (await redis.call('XINFO', ['STREAM', key])) as readonly unknown[];
  return Number(flat[flat.indexOf('entries-added') + 1]);
}

/** Returns how many entries a stream was ever given up to an id, trimmed ones included; 0 when there is no stream. */
export async function entriesUpTo(redis: Bus['redis'], key: string, id: string): Promise<number> {
  if ((await redis.exists(key)) === 0) return 0;
  return (await entriesAdded(redis, key)) - (await countAfter(redis, key, id));
}
