import { decodeSlice, type Slice, type SliceHead } from '@signal/contracts';
import type { LatestSource } from './latest-source.ts';

type At = Readonly<{ partition: number; underlying: string }>;

const headSuffix = '|head';

/** Returns the newest head of each expiry of an underlying, the nearest expiry first. Two underlyings can share a partition. */
export async function readHeads(latest: LatestSource, at: At): Promise<readonly Readonly<{ field: string; head: SliceHead }>[]> {
  const prefix = `slice|${at.underlying}|`;
  const names = (await latest.fields('greeks', at.partition)).filter((name) => name.startsWith(prefix) && name.endsWith(headSuffix));
  if (names.length === 0) return [];
  const values = await latest.read('greeks', at.partition, names);
  return [...values]
    .map(([field, text]) => ({ field, head: JSON.parse(String(text)) as SliceHead }))
    .sort((left, right) => left.head.expiresMs - right.head.expiresMs);
}

/** Returns the newest slice of one expiry, or undefined when none was priced. */
export async function readSlice(latest: LatestSource, at: At & Readonly<{ expiry: string }>): Promise<Slice | undefined> {
  const stem = `slice|${at.underlying}|${at.expiry}`;
  const values = await latest.read('greeks', at.partition, [`${stem}|head`, `${stem}|d`]);
  const head = values.get(`${stem}|head`);
  const d = values.get(`${stem}|d`);
  return head === undefined || d === undefined ? undefined : decodeSlice(String(head), d);
}

/** Returns the expiry that is served when none is named: the nearest that has not expired at the newest pricing. */
export function nearestExpiry(heads: readonly Readonly<{ head: SliceHead }>[]): string | undefined {
  const nowMs = Math.max(...heads.map(({ head }) => head.tsMs));
  return (heads.find(({ head }) => head.expiresMs > nowMs) ?? heads.at(-1))?.head.expiry;
}
