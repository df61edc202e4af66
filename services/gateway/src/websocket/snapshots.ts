import { type Keys, signalKey, slotOf, type Topic } from '@signal/contracts';
import { marketStatusOf } from '../data/market-status.ts';
import { readPairs } from '../data/latest-source.ts';
import { findScriptFields, latestScriptSignals } from '../data/script-signals.ts';
import { nearestExpiry, readHeads, readSlice } from '../data/slices.ts';
import { quoteBodyOf } from '../data/quote-body.ts';
import type { GatewayDeps } from '../deps.ts';
import type { StreamName } from './feeds.ts';
import { createFrame, type Frame } from './frame.ts';
import { keyOf, piecesOf, type QuotePart, signalFrame, sliceFrame } from './pieces.ts';
import { streamOf, type TopicTarget } from './topic-name.ts';

/** An entry read back from a stream. */
export type OldEntry = Readonly<{ id: string; fields: ReadonlyMap<string, Buffer> }>;

/** What the snapshots read of Redis beside the newest values. */
export interface StreamSource {
  /** Returns the id of the newest entry, `0-0` of an empty stream. */
  lastId(stream: StreamName): Promise<string>;
  /** Returns up to `count` entries before an id (or the end), the newest first. */
  readBack(stream: StreamName, before: string, count: number): Promise<readonly OldEntry[]>;
  /** Returns the generation of a slot. */
  generation(slot: number): Promise<number>;
}

/** Where a client left off. */
export type Resume = Readonly<{ epoch: number; seq: number }>;

/** What a subscription begins with. */
export type Beginning = Readonly<{
  epoch: number;
  seq: number;
  first: Frame | undefined;
  missed: readonly Frame[];
  reset: string | undefined;
  quote?: QuotePart;
}>;

const PAGE = 200;
const MAX_READ_BACK = 2_000;

type Deps = Readonly<{ gateway: Pick<GatewayDeps, 'latest' | 'partitions' | 'fleet' | 'feed'>; streams: StreamSource; keys: Keys }>;

const newest = (frames: readonly (Frame | undefined)[]): Frame | undefined =>
  frames.flatMap((frame) => frame ?? []).sort((left, right) => right.seq - left.seq)[0];

const pairFrame = async (
  { gateway }: Deps,
  at: Readonly<{ target: TopicTarget; topic: Topic; partition: number; key: string }>,
): Promise<Frame | undefined> => {
  const [pair] = await readPairs(gateway.latest, at.topic, { partition: at.partition, keys: [at.key] });
  return newest([pair?.closed, pair?.forming].map((signal) => (signal === undefined ? undefined : signalFrame(at.target, signal))));
};

const chainFrame = async (deps: Deps, target: Extract<TopicTarget, { kind: 'chain' }>, partition: number): Promise<Frame | undefined> => {
  const underlying = target.instrument.id;
  const expiry = target.expiry ?? nearestExpiry(await readHeads(deps.gateway.latest, { partition, underlying }));
  if (expiry === undefined) return undefined;
  return pairFrame(deps, { target, topic: 'chains', partition, key: signalKey({ instrument: underlying, expression: 'chain', expiry }) });
};

const quoteAt = async (
  { gateway, streams }: Deps,
  target: Extract<TopicTarget, { kind: 'quotes' }>,
  partition: number,
): Promise<readonly [Frame, QuotePart] | undefined> => {
  const field = `quote|${target.instrument.id}`;
  // The id is read first: what the newest value already says may come again, what it does not yet say must not be skipped.
  const seq = Number((await streams.lastId({ topic: 'market', partition })).split('-', 1)[0]);
  const text = (await gateway.latest.read('market', partition, [field])).get(field);
  if (text === undefined) return undefined;
  const data = quoteBodyOf(target.instrument.id, String(text), null);
  const quote = JSON.parse(String(text)) as QuotePart;
  const frame = createFrame({ topic: target.canonical, seq, tsMs: Number(quote['tsMs']), final: false, data, mustDeliver: false });
  return [frame, quote];
};

const statusFrame = async ({ gateway }: Deps): Promise<Frame> => {
  const status = await marketStatusOf(gateway);
  const tsMs = status.data[0]?.lastEventMs ?? 0;
  return createFrame({ topic: 'market-status', seq: tsMs, tsMs, final: true, data: status, mustDeliver: false });
};

/** Returns the message of the topic `scaling` as it stands; undefined before any leader has said something. */
export async function scalingFrame({ fleet }: Pick<GatewayDeps, 'fleet'>): Promise<Frame | undefined> {
  const { atMs, data } = await fleet.scaling();
  return atMs === 0 ? undefined : createFrame({ topic: 'scaling', seq: atMs, tsMs: atMs, final: true, data: { data }, mustDeliver: false });
}

const scriptFrame = async ({ gateway }: Deps, target: Extract<TopicTarget, { kind: 'scripts' }>): Promise<Frame | undefined> => {
  const [signal] = await latestScriptSignals(gateway, { script: target.script });
  return signal === undefined ? undefined : signalFrame(target, signal);
};

const sliceFrameAt = async ({ gateway }: Deps, target: Extract<TopicTarget, { kind: 'greeks' }>, partition: number): Promise<Frame | undefined> => {
  const slice = await readSlice(gateway.latest, { partition, underlying: target.instrument.underlying, expiry: target.expiry });
  return slice === undefined ? undefined : sliceFrame(target, slice);
};

/** Returns the newest message of a topic, undefined when there was none yet. */
const firstFrame = (deps: Deps, target: Exclude<TopicTarget, { kind: 'quotes' }>): Promise<Frame | undefined> => {
  const partition = streamOf(target, deps.gateway.partitions)?.partition ?? 0;
  switch (target.kind) {
    case 'bars':
    case 'indicators':
      return pairFrame(deps, { target, topic: target.kind, partition, key: target.key });
    case 'greeks':
      return sliceFrameAt(deps, target, partition);
    case 'chain':
      return chainFrame(deps, target, partition);
    case 'scripts':
      return scriptFrame(deps, target);
    case 'market-status':
      return statusFrame(deps);
    case 'scaling':
      return scalingFrame(deps.gateway);
  }
};

/** Returns the frames after a sequence, or undefined when the stream does not reach back to it. */
const missedSince = async (deps: Deps, target: TopicTarget, resume: Resume): Promise<readonly Frame[] | undefined> => {
  const stream = streamOf(target, deps.gateway.partitions);
  if (stream === undefined || (target.kind !== 'bars' && target.kind !== 'indicators')) return undefined;
  const key = keyOf(target);
  const found: Frame[] = [];
  let before = '+';
  for (let read = 0; read < MAX_READ_BACK; read += PAGE) {
    const entries = await deps.streams.readBack(stream, before, PAGE);
    for (const entry of entries) {
      const signals = piecesOf(stream.topic, entry.id, entry.fields).flatMap((piece) =>
        piece.kind === 'signal' && piece.key === key ? piece.signal : [],
      );
      found.push(...signals.map((signal) => signalFrame(target, signal)).reverse());
      if (signals.some((signal) => signal.seq <= resume.seq)) return found.filter((frame) => frame.seq > resume.seq).reverse();
    }
    const oldest = entries.at(-1);
    if (oldest === undefined || entries.length < PAGE) break;
    before = `(${oldest.id}`;
  }
  // All there is begins right behind the resume: nothing was missed even though its own entry is trimmed.
  return found.at(-1)?.seq === resume.seq + 1 ? found.reverse() : undefined;
};

/** Returns the streams that carry a topic: one, or for a script those in which it has signalled. */
export async function streamsFor(deps: Deps, target: TopicTarget): Promise<readonly StreamName[]> {
  if (target.kind === 'scripts') {
    const found = await findScriptFields(deps.gateway, { script: target.script });
    return found.map(({ partition }) => ({ topic: 'scripts', partition }));
  }
  const stream = streamOf(target, deps.gateway.partitions);
  return stream === undefined ? [] : [stream];
}

/** Returns what a subscription begins with: the updates missed since a valid resume, else the newest message. */
export async function beginningOf(deps: Deps, target: TopicTarget, resume: Resume | undefined): Promise<Beginning> {
  const stream = streamOf(target, deps.gateway.partitions);
  const epoch = stream === undefined ? 0 : await deps.streams.generation(slotOf(stream.partition));
  if (target.kind === 'quotes') return quoteBeginning(deps, target, { epoch, partition: stream?.partition ?? 0, resume });
  const first = await firstFrame(deps, target);
  const seq = first?.seq ?? 0;
  if (resume === undefined) return { epoch, seq, first, missed: [], reset: undefined };
  return resumed(deps, target, { resume, epoch, seq, first });
}

type QuotePlace = Readonly<{ epoch: number; partition: number; resume: Resume | undefined }>;

const quoteBeginning = async (
  deps: Deps,
  target: Extract<TopicTarget, { kind: 'quotes' }>,
  { epoch, partition, resume }: QuotePlace,
): Promise<Beginning> => {
  const [first, quote] = (await quoteAt(deps, target, partition)) ?? [];
  const seq = first?.seq ?? 0;
  const prime = quote === undefined ? {} : { quote };
  if (resume === undefined) return { epoch, seq, first, missed: [], reset: undefined, ...prime };
  return { ...(await resumed(deps, target, { resume, epoch, seq, first })), ...prime };
};

type Resumed = Readonly<{ resume: Resume; epoch: number; seq: number; first: Frame | undefined }>;

// Of what is conflated anyway, the newest message is all that was missed.
const conflated: ReadonlySet<TopicTarget['kind']> = new Set(['quotes', 'chain', 'greeks', 'market-status', 'scaling']);
const isConflated = ({ kind }: TopicTarget): boolean => conflated.has(kind);

const resumed = async (deps: Deps, target: TopicTarget, { resume, epoch, seq, first }: Resumed): Promise<Beginning> => {
  if (resume.epoch !== epoch) return { epoch, seq, first, missed: [], reset: 'epoch' };
  if (resume.seq === seq) return { epoch, seq, first: undefined, missed: [], reset: undefined };
  const missed =
    resume.seq > seq ? undefined : isConflated(target) ? [first].flatMap((frame) => frame ?? []) : await missedSince(deps, target, resume);
  if (missed === undefined) return { epoch, seq, first, missed: [], reset: 'gap' };
  return { epoch, seq: resume.seq, first: undefined, missed, reset: undefined };
};
