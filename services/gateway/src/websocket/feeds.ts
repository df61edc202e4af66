import type { Topic } from '@signal/contracts';
import type { TailEntry, TailListeners } from '@signal/bus';
import { quoteBodyOf } from '../data/quote-body.ts';
import { createFrame, type Frame } from './frame.ts';
import { keyOf, type Piece, piecesOf, type QuotePart, signalFrame, sliceFrame } from './pieces.ts';
import type { Subscription } from './subscription.ts';
import type { TopicTarget } from './topic-name.ts';

/** A stream that carries a topic. */
export type StreamName = Readonly<{ topic: Topic; partition: number }>;
/** What tells a subscription that its topic must begin again. */
export type OnReset = (reason: string) => void;

type Feed = {
  readonly target: TopicTarget;
  readonly subscribers: Map<Subscription, OnReset>;
  /** Quotes and trades come apart; the newest of each stand here. */
  quote: Record<string, number | string>;
  heardMs: number;
};
type Stream = Readonly<{ name: StreamName; feeds: Map<string, Map<string, Feed>> }>;

/** The part of a tail that the feeds steer. */
export type TailControl = Readonly<{ add(topic: Topic, partition: number, from?: string): void; remove(topic: Topic, partition: number): void }>;

/** Topics with at least one subscriber, and the streams tailed for them. */
export interface Feeds extends Omit<TailListeners, 'log'> {
  /** Passes the topic's messages to the subscription from now on. `from` = the id after which a stream that is new here begins. */
  attach(at: Readonly<{ target: TopicTarget; streams: readonly StreamName[]; from: readonly string[] }>, subscription: Subscription, onReset: OnReset): void;
  detach(target: TopicTarget, streams: readonly StreamName[], subscription: Subscription): void;
  /** Passes a message on that comes from no stream. */
  publish(frame: Frame): void;
  /** Milliseconds since a topic was last heard of. */
  silentMs(canonical: string): number;
  /** Remembers the quote that a snapshot began with. */
  primeQuote(canonical: string, part: QuotePart): void;
}

const nameOf = ({ topic, partition }: StreamName): string => `${topic}:${partition}`;

const quoteFrame = (feed: Feed, piece: Extract<Piece, { kind: 'quote' }>): Frame | undefined => {
  if (feed.target.kind !== 'quotes') return undefined;
  feed.quote = { ...feed.quote, ...piece.part };
  const data = quoteBodyOf(feed.target.instrument.id, JSON.stringify(feed.quote), null);
  return createFrame({ topic: feed.target.canonical, seq: piece.n, tsMs: Number(feed.quote['tsMs']), final: false, data, mustDeliver: false });
};

const frameFor = (feed: Feed, piece: Piece): Frame | undefined => {
  if (piece.kind === 'signal') return signalFrame(feed.target, piece.signal);
  return piece.kind === 'slice' ? sliceFrame(feed.target, piece.slice) : quoteFrame(feed, piece);
};

/** Returns feeds over a tail. Every message is framed once per topic, whatever the number of subscribers. */
export function createFeeds(deps: Readonly<{ tail: () => TailControl; nowMs: () => number; onCorrupt: (entry: TailEntry, error: unknown) => void }>): Feeds {
  const streams = new Map<string, Stream>();
  const byTopic = new Map<string, Feed>();

  const passOn = (feed: Feed, frame: Frame | undefined): void => {
    if (frame === undefined) return;
    feed.heardMs = deps.nowMs();
    for (const subscription of feed.subscribers.keys()) subscription.offer(frame);
  };

  const openStream = (name: StreamName, from: string | undefined): Stream => {
    const known = streams.get(nameOf(name));
    if (known !== undefined) return known;
    const stream: Stream = { name, feeds: new Map() };
    streams.set(nameOf(name), stream);
    deps.tail().add(name.topic, name.partition, from);
    return stream;
  };

  const leaveStream = (name: StreamName, feed: Feed): void => {
    const stream = streams.get(nameOf(name));
    const key = keyOf(feed.target);
    const here = stream?.feeds.get(key);
    here?.delete(feed.target.canonical);
    if (here?.size === 0) stream?.feeds.delete(key);
    if (stream?.feeds.size !== 0) return;
    streams.delete(nameOf(name));
    deps.tail().remove(name.topic, name.partition);
  };

  const dispatch = (stream: Stream, entry: TailEntry): void => {
    for (const piece of piecesOf(entry.topic, entry.id, entry.fields)) {
      for (const feed of stream.feeds.get(piece.key)?.values() ?? []) passOn(feed, frameFor(feed, piece));
    }
  };

  return {
    attach({ target, streams: names, from }, subscription, onReset) {
      const feed = byTopic.get(target.canonical) ?? { target, subscribers: new Map(), quote: {}, heardMs: deps.nowMs() };
      byTopic.set(target.canonical, feed);
      feed.subscribers.set(subscription, onReset);
      names.forEach((name, index) => {
        const stream = openStream(name, from[index]);
        const key = keyOf(target);
        const here = stream.feeds.get(key) ?? new Map<string, Feed>();
        here.set(target.canonical, feed);
        stream.feeds.set(key, here);
      });
    },
    detach(target, names, subscription) {
      const feed = byTopic.get(target.canonical);
      if (feed === undefined) return;
      feed.subscribers.delete(subscription);
      if (feed.subscribers.size > 0) return;
      byTopic.delete(target.canonical);
      for (const name of names) leaveStream(name, feed);
    },
    publish(frame) {
      const feed = byTopic.get(frame.topic);
      if (feed !== undefined) passOn(feed, frame);
    },
    silentMs: (canonical) => deps.nowMs() - (byTopic.get(canonical)?.heardMs ?? deps.nowMs()),
    primeQuote(canonical, part) {
      const feed = byTopic.get(canonical);
      if (feed !== undefined) feed.quote = { ...part, ...feed.quote };
    },
    onEntry(entry) {
      const stream = streams.get(nameOf(entry));
      if (stream === undefined) return;
      try {
        dispatch(stream, entry);
      } catch (error) {
        deps.onCorrupt(entry, error);
      }
    },
    onReset({ topic, partition, reason }) {
      const feeds = [...(streams.get(nameOf({ topic, partition }))?.feeds.values() ?? [])].flatMap((here) => [...here.values()]);
      for (const feed of feeds) for (const reset of feed.subscribers.values()) reset(reason);
    },
  };
}
