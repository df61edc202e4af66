import { type Bus, type Output, rangeOf, type RawEntry } from '@signal/bus';
import { decodeMarketBody, encodeMarketBody, SignalError } from '@signal/contracts';
import type { LogShape } from './orders.ts';
import { createTickFold, topicOf } from './tick-fold.ts';
import { ticksOf } from './ticks.ts';

const PAGE = 200;

function refuse(why: string): never {
  throw new SignalError('argument_invalid', `the outputs are not complete: ${why}`);
}

type Expected = (n: number) => Output;

/** What the fold makes of a partition's ticks when nothing comes in between. */
const expectedOf = (partition: number, { ticks, form }: LogShape): Expected => {
  const fold = createTickFold(form);
  return (n) => {
    const { head, d } = encodeMarketBody(ticksOf(partition, { n, ticks }));
    const body = decodeMarketBody(head, d);
    const [output] = fold.apply({ id: `${n}-0`, n, prev: '', wallMs: 0, body }, () => undefined) as readonly Output[];
    return output ?? refuse(`the fold makes nothing of entry ${n}`);
  };
};

const checkEntry = (entry: RawEntry, n: number, { fields }: Output): number => {
  if (entry.id !== `${n}-0`) refuse(`entry ${n} has the id ${entry.id}`);
  const prev = entry.fields.get('prev')?.toString();
  if (prev !== (n === 1 ? '0-0' : `${n - 1}-0`)) refuse(`prev of ${entry.id} is ${prev}`);
  for (const [name, value] of Object.entries(fields)) {
    const stored = entry.fields.get(name);
    if (stored?.equals(Buffer.from(value as string)) !== true)
      refuse(`${name} of ${entry.id} is ${stored?.toString().slice(0, 120)}, and must be ${value.toString().slice(0, 120)}`);
  }
  return Number(fields['n']);
};

const reread = async (bus: Bus, partition: number, shape: LogShape): Promise<number> => {
  const key = bus.keys.topic(topicOf[shape.form], partition);
  const expected = expectedOf(partition, shape);
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
