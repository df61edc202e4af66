import {
  type ChainBody,
  decodeMarketBody,
  decodeSignals,
  decodeSlice,
  recordsOf,
  type Signal,
  signalKey,
  type Slice,
  type Topic,
} from '@signal/contracts';
import { selectStrikes } from '../data/chain-selection.ts';
import { greeksBodyOf, legOf } from '../data/greeks-body.ts';
import { createFrame, type Frame } from './frame.ts';
import type { TopicTarget } from './topic-name.ts';

/** The newest quote and trade of an instrument, as far as one entry of the log says them. */
export type QuotePart = Readonly<Record<string, number | string>>;

/** A part of an entry that some topic may carry, under its key. */
export type Piece = Readonly<{ key: string }> &
  (
    | Readonly<{ kind: 'signal'; signal: Signal }>
    | Readonly<{ kind: 'slice'; slice: Slice }>
    | Readonly<{ kind: 'quote'; n: number; part: QuotePart }>
  );

type Fields = ReadonlyMap<string, Buffer>;

/** Returns the keys under which subscribers find a signal; a chain of the nearest expiry is also its underlying's chain. */
const keysOf = (topic: Topic, signal: Signal): readonly string[] => {
  if (topic === 'scripts') return [signal.expression?.split('@', 1)[0] ?? ''];
  const key = signalKey(signal);
  if (topic !== 'chains' || signal.expression !== 'chain') return [key];
  const [nearest] = (signal.data as unknown as ChainBody).expiries;
  return nearest === signal.expiry ? [key, `${signal.instrument}||chain`] : [key];
};

const quotePieces = (n: number, fields: Fields): readonly Piece[] => {
  const head = fields.get('head');
  const d = fields.get('d');
  if (head === undefined || d === undefined) return [];
  const parts = new Map<string, Record<string, number | string>>();
  for (const record of recordsOf(decodeMarketBody(String(head), d))) {
    if (record.kind !== 'trade' && record.kind !== 'quote') continue;
    const part = parts.get(record.instrument) ?? {};
    parts.set(record.instrument, part);
    if (record.kind === 'trade') Object.assign(part, { tsMs: record.tMs, last: record.price, lastSize: record.size, source: record.source });
    else
      Object.assign(part, {
        tsMs: record.tMs,
        bid: record.bid,
        ask: record.ask,
        bidSize: record.bidSize,
        askSize: record.askSize,
        source: record.source,
      });
  }
  return [...parts].map(([key, part]) => ({ key, kind: 'quote', n, part }));
};

const slicePieces = (fields: Fields): readonly Piece[] => {
  const head = fields.get('head');
  const d = fields.get('d');
  if (head === undefined || d === undefined) return [];
  const slice = decodeSlice(String(head), d);
  return [{ key: `${slice.head.underlying}|${slice.head.expiry}`, kind: 'slice', slice }];
};

/** Returns the pieces of an entry in its order, or throws `entry_corrupt`. */
export function piecesOf(topic: Topic, id: string, fields: Fields): readonly Piece[] {
  if (topic === 'market') return quotePieces(Number(id.split('-', 1)[0]), fields);
  if (topic === 'greeks') return slicePieces(fields);
  const json = fields.get('json');
  if (json === undefined) return [];
  return decodeSignals({ json }).flatMap((signal) => keysOf(topic, signal).map((key): Piece => ({ key, kind: 'signal', signal })));
}

/** Returns the key under which a topic's pieces come. */
export function keyOf(target: TopicTarget): string {
  switch (target.kind) {
    case 'bars':
    case 'indicators':
    case 'greeks':
      return target.key;
    case 'chain':
      return target.expiry === undefined
        ? `${target.instrument.id}||chain`
        : signalKey({ instrument: target.instrument.id, expression: 'chain', expiry: target.expiry });
    case 'quotes':
      return target.instrument.id;
    case 'scripts':
      return target.script;
    case 'market-status':
    case 'scaling':
      return target.kind;
  }
}

/** Returns the frame that a topic makes of a signal. Finals and script signals must be delivered; chains always give way to newer ones. */
export function signalFrame(target: TopicTarget, signal: Signal): Frame {
  const isChain = target.kind === 'chain';
  const data = isChain ? selectStrikes(signal.data as unknown as ChainBody, target.strikes) : scriptData(target, signal);
  const mustDeliver = target.kind === 'scripts' || (signal.final && !isChain);
  return createFrame({ topic: target.canonical, seq: signal.seq, tsMs: signal.tsMs, final: signal.final, data, mustDeliver });
}

// A script runs on several instruments, so its messages say which one this is about.
const scriptData = (target: TopicTarget, { instrument, interval, expression, data }: Signal): unknown =>
  target.kind === 'scripts' ? { instrument, interval, expression, ...data } : data;

/** Returns the frame of one option's reading of a slice; undefined when the option is not listed there. */
export function sliceFrame(target: TopicTarget, slice: Slice): Frame | undefined {
  const leg = target.kind === 'greeks' ? legOf(slice, target.instrument) : undefined;
  if (leg === undefined) return undefined;
  const { seq, tsMs } = slice.head;
  return createFrame({ topic: target.canonical, seq, tsMs, final: false, data: greeksBodyOf(slice, leg), mustDeliver: false });
}
