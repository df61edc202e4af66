import { type Bus, type Output, rangeOf, type RawEntry } from '@signal/bus';
import { decodeMarketBody, decodeSignals, encodeMarketBody, SignalError } from '@signal/contracts';
import type { LogShape } from './orders.ts';
import { createTickFold } from './tick-fold.ts';
import { ticksOf } from './ticks.ts';

const PAGE = 200;

const refuse = (why: string): never => {
  throw new SignalError('argument_invalid', `the outputs are not complete: ${why}`);
};

/** What the fold makes of a partition's ticks when nothing comes in between. */
const expectedOf = (partition: number, ticks: number): ((n: number) => string) => {
  const fold = createTickFold();
  return (n) => {
    const { head, d } = encodeMarketBody(ticksOf(partition, { n, ticks }));
    const body = decodeMarketBody(head, d);
    const outputs = fold.apply({ id: `${n}-0`, n, prev: '', wallMs: 0, body }, () => undefined) as readonly Output[];
    return String(outputs[0]?.fields['json']);
  };
};

const checkEntry = (entry: RawEntry, n: number, expected: string): number => {
  if (entry.id !== `${n}-0`) refuse(`entry ${n} has the id ${entry.id}`);
  const prev = entry.fields.get('prev')?.toString();
  if (prev !== (n === 1 ? '0-0' : `${n - 1}-0`)) refuse(`prev of ${entry.id} is ${prev}`);
  const json = entry.fields.get('json')?.toString() ?? '';
  if (json !== expected) refuse(`${entry.id} is ${json.slice(0, 120)}, and must be ${expected.slice(0, 120)}`);
  return decodeSignals({ json }).length;
};

const reread = async (bus: Bus, partition: number, shape: LogShape): Promise<number> => {
  const key = bus.keys.topic('indicators', partition);
  const expected = expectedOf(partition, shape.ticks);
  let signals = 0;
  let n = 0;
  for (;;) {
    const page = await rangeOf(bus.bulk, key, { from: n === 0 ? '-' : `(${n}-0`, to: '+', count: PAGE });
    if (page.length === 0) break;
    for (const entry of page) {
      n += 1;
      signals += checkEntry(entry, n, expected(n));
    }
  }
  if (n !== shape.entries) refuse(`${key} has ${n} entries, and must have ${shape.entries}`);
  return signals;
};

/** Reads every output again and throws unless each is there, in order, named by the next one's `prev`, and what the ticks make. */
export async function rereadOutputs(bus: Bus, shape: LogShape): Promise<void> {
  let signals = 0;
  for (let partition = 0; partition < shape.partitions; partition += 1) signals += await reread(bus, partition, shape);
  const ticks = shape.partitions * shape.entries * shape.ticks;
  if (signals !== ticks) refuse(`${signals} signals of ${ticks} ticks`);
}
