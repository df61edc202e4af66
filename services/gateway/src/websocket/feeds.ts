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
  attach(
    at: Readonly<{ target: TopicTarget; streams: readonly StreamName[]; from: readonly string[] }>,
    subscription: Subscription,
    onReset: OnReset,
  ): void;
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

type FeedDeps = Readonly<{ tail: () => TailControl; nowMs: () => number; onCorrupt: (entry: TailEntry, error: unknown) => void }>;

class TailedFeeds implements Feeds {
  readonly #deps: FeedDeps;
  readonly #streams = new Map<string, Stream>();
  readonly #byTopic = new Map<string, Feed>();

  constructor(deps: FeedDeps) {
    this.#deps = deps;
  }

  attach({ target, streams, from }: Parameters<Feeds['attach']>[0], subscription: Subscription, onReset: OnReset): void {
    const feed = this.#byTopic.get(target.canonical) ?? { target, subscribers: new Map(), quote: {}, heardMs: this.#deps.nowMs() };
    this.#byTopic.set(target.canonical, feed);
    feed.subscribers.set(subscription, onReset);
    streams.forEach((name, index) => {
      const stream = this.#open(name, from[index]);
      const key = keyOf(target);
      const here = stream.feeds.get(key) ?? new Map<string, Feed>();
      here.set(target.canonical, feed);
      stream.feeds.set(key, here);
    });
  }

  detach(target: TopicTarget, streams: readonly StreamName[], subscription: Subscription): void {
    const feed = this.#byTopic.get(target.canonical);
    if (feed === undefined) return;
    feed.subscribers.delete(subscription);
    if (feed.subscribers.size > 0) return;
    this.#byTopic.delete(target.canonical);
    for (const name of streams) this.#leave(name, feed);
  }

  publish(frame: Frame): void {
    const feed = this.#byTopic.get(frame.topic);
    if (feed !== undefined) this.#passOn(feed, frame);
  }

  silentMs(canonical: string): number {
    const now = this.#deps.nowMs();
    return now - (this.#byTopic.get(canonical)?.heardMs ?? now);
  }

  primeQuote(canonical: string, part: QuotePart): void {
    const feed = this.#byTopic.get(canonical);
    if (feed !== undefined) feed.quote = { ...part, ...feed.quote };
  }

  onEntry(entry: TailEntry): void {
    const stream = this.#streams.get(nameOf(entry));
    if (stream === undefined) return;
    try {
      for (const piece of piecesOf(entry.topic, entry.id, entry.fields)) {
        for (const feed of stream.feeds.get(piece.key)?.values() ?? []) this.#passOn(feed, frameFor(feed, piece));
      }
    } catch (error) {
      this.#deps.onCorrupt(entry, error);
    }
  }

  onReset({ topic, partition, reason }: Parameters<Feeds['onReset']>[0]): void {
    const feeds = [...(this.#streams.get(nameOf({ topic, partition }))?.feeds.values() ?? [])].flatMap((here) => [...here.values()]);
    for (const feed of feeds) for (const reset of feed.subscribers.values()) reset(reason);
  }

  #passOn(feed: Feed, frame: Frame | undefined): void {
    if (frame === undefined) return;
    feed.heardMs = this.#deps.nowMs();
    for (const subscription of feed.subscribers.keys()) subscription.offer(frame);
  }

  #open(name: StreamName, from: string | undefined): Stream {
    const known = this.#streams.get(nameOf(name));
    if (known !== undefined) return known;
    const stream: Stream = { name, feeds: new Map() };
    this.#streams.set(nameOf(name), stream);
    this.#deps.tail().add(name.topic, name.partition, from);
    return stream;
  }

  #leave(name: StreamName, feed: Feed): void {
    const stream = this.#streams.get(nameOf(name));
    const key = keyOf(feed.target);
    const here = stream?.feeds.get(key);
    here?.delete(feed.target.canonical);
    if (here?.size === 0) stream?.feeds.delete(key);
    if (stream?.feeds.size !== 0) return;
    this.#streams.delete(nameOf(name));
    this.#deps.tail().remove(name.topic, name.partition);
  }
}

/** Returns feeds over a tail. Every message is framed once per topic, whatever the number of subscribers. */
export function createFeeds(deps: FeedDeps): Feeds {
  return new TailedFeeds(deps);
}
