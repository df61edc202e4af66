import { connectRedis } from '@signal/bus';
import { createKeys, type MarketRecord } from '@signal/contracts';
import { setTimeout as wait } from 'node:timers/promises';
import { marketEntry } from './fill-log.ts';
import type { Order, Role } from './orders.ts';
import { ticksOf } from './ticks.ts';

/** A busy machine makes late figures, and no failed benchmark. */
const ANSWERED_WITHIN_MS = 60_000;

/** The clock that processes of one machine share, in milliseconds with a fraction. */
export function sharedClockMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** The time of sending travels as the time of the last tick, and comes back as its signal's. */
const stamped = (records: readonly MarketRecord[]): readonly MarketRecord[] => {
  const nowMs = sharedClockMs();
  return records.map((record, index) => (index === records.length - 1 && record.kind === 'trade' ? { ...record, tMs: nowMs } : record));
};

/** Appends entries at a pace, the partitions in turn, each sent by itself. */
export const writeRole: Role<Extract<Order, { role: 'write' }>> = async (order, ready) => {
  const { shape, entriesPerSecond, namespace } = order;
  const keys = createKeys(namespace);
  const redis = connectRedis(order.redisUrl, { name: 'bench-writer', commandTimeoutMs: ANSWERED_WITHIN_MS });
  const total = shape.entries * shape.partitions;
  ready();
  const beganMs = sharedClockMs();
  const sent: Promise<unknown>[] = [];
  for (let i = 0; i < total; i += 1) {
    const dueMs = beganMs + (i * 1_000) / entriesPerSecond;
    while (sharedClockMs() < dueMs) await wait(1);
    const partition = i % shape.partitions;
    const n = Math.floor(i / shape.partitions) + 1;
    sent.push(redis.call('xadd', marketEntry(keys.topic('market', partition), n, stamped(ticksOf(partition, { n, ticks: shape.ticks })))));
  }
  await Promise.all(sent);
  redis.disconnect();
  return [];
};
