import { createKeys, encodeMarketBody, type MarketRecord, WIRE_VERSION } from '@signal/contracts';
import type { Redis } from 'ioredis';
import type { LogShape } from './orders.ts';
import { ticksOf } from './ticks.ts';

const PIPELINED = 200;

/** Returns the arguments of the XADD of a market entry, in the form that the sequencer writes. */
export function marketEntry(key: string, n: number, records: readonly MarketRecord[]): (string | Buffer)[] {
  const { head, d } = encodeMarketBody(records);
  const prev = n === 1 ? '0-0' : `${n - 1}-0`;
  return [key, `${n}-0`, 'prev', prev, 'v', WIRE_VERSION, 'n', String(records.length), 'w', String(Date.now()), 'head', head, 'd', d];
}

/** Writes the log of every partition of a namespace. */
export async function fillLog(client: Redis, namespace: string, shape: LogShape): Promise<void> {
  const keys = createKeys(namespace);
  for (let partition = 0; partition < shape.partitions; partition += 1) {
    const key = keys.topic('market', partition);
    for (let from = 1; from <= shape.entries; from += PIPELINED) {
      const pipeline = client.pipeline();
      for (let n = from; n < Math.min(from + PIPELINED, shape.entries + 1); n += 1) {
        pipeline.call('xadd', marketEntry(key, n, ticksOf(partition, { n, ticks: shape.ticks })));
      }
      await pipeline.exec();
    }
  }
}
