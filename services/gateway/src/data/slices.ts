import { decodeSlice, type Slice, type SliceHead } from '@signal/contracts';
import type { LatestSource } from './latest-source.ts';

type At = Readonly<{ partition: number; underlying: string }>;

const headField = /^slice\|(?:(.+)\|)?(\d{4}-\d{2}-\d{2})\|head$/;

/** Returns the newest head of each expiry of an underlying, the nearest expiry first. Two underlyings can share a partition. */
export async function readHeads(latest: LatestSource, at: At): Promise<readonly Readonly<{ field: string; head: SliceHead }>[]> {
  const names = (await latest.fields('greeks', at.partition)).filter((name) => {
    const match = headField.exec(name);
    return match !== null && (match[1] === undefined || match[1] === at.underlying);
  });
  if (names.length === 0) return [];
  const values = await latest.read('greeks', at.partition, names);
  return [...values]
    .map(([field, text]) => ({ field, head: JSON.parse(String(text)) as SliceHead }))
    .filter(({ head }) => head.underlying === at.underlying)
    .sort((left, right) => left.head.expiresMs - right.head.expiresMs);
}

/** Returns the newest slice of one expiry, or undefined when none was priced. */
export async function readSlice(latest: LatestSource, at: At & Readonly<{ expiry: string }>): Promise<Slice | undefined> {
  const stems = [`slice|${at.underlying}|${at.expiry}`, `slice|${at.expiry}`];
  const values = await latest.read('greeks', at.partition, stems.flatMap((stem) => [`${stem}|head`, `${stem}|d`]));
  for (const stem of stems) {
    const head = values.get(`${stem}|head`);
    const d = values.get(`${stem}|d`);
    if (head === undefined || d === undefined) continue;
    const slice = decodeSlice(String(head), d);
    if (slice.head.underlying === at.underlying) return slice;
  }
  return undefined;
}

/** Returns the expiry that is served when none is named: the nearest that has not expired at the newest pricing. */
export function nearestExpiry(heads: readonly Readonly<{ head: SliceHead }>[]): string | undefined {
  const nowMs = Math.max(...heads.map(({ head }) => head.tsMs));
  return (heads.find(({ head }) => head.expiresMs > nowMs) ?? heads.at(-1))?.head.expiry;
}
