import { type Backoff, createBackoff } from '@signal/kernel';
import type { Topic } from '@signal/contracts';
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import type { Bus } from '../bus.ts';
import { createWake, type Wake } from '../processor/wake.ts';
import { compareIds } from '../redis/stream-id.ts';
import { type BlockingReader, openBlockingReader } from '../redis/blocking-reader.ts';
import { createPageSize, type PageSize } from '../redis/page-size.ts';
import { type RawEntry, stateOf } from '../redis/stream-replies.ts';
import { isStillThere } from './still-there.ts';
import type { ResetReason, TailListeners } from './tail-types.ts';

/** A stream that is tailed; `cursor` is undefined until `now` has been looked up. */
type TailedStream = {
  readonly topic: Topic;
  readonly partition: number;
  readonly key: string;
  cursor: string | undefined;
  /** The entry at the cursor, when it was read here. */
  last: RawEntry | undefined;
  /** The connection was lost since it was read. */
  isDoubted: boolean;
  looking: Promise<void> | undefined;
};

/** Tails the streams of one slot over one connection. */
export interface SlotTail {
  add(topic: Topic, partition: number, from: string): void;
  remove(topic: Topic, partition: number): void;
  close(): Promise<void>;
}

const IDLE_MS = 250;
const READ_ENTRIES = 500;
const WATCH_EVERY_MS = 1_000;

/** Returns the tail of a slot, already running. */
export function startSlotTail(bus: Bus, at: Readonly<{ slot: number; listeners: TailListeners }>): SlotTail {
  return new RunningSlotTail(bus, at);
}

class RunningSlotTail implements SlotTail {
  readonly #bus: Bus;
  readonly #slot: number;
  readonly #listeners: TailListeners;
  readonly #streams = new Map<string, TailedStream>();
  readonly #reader: BlockingReader;
  readonly #page: PageSize = createPageSize(READ_ENTRIES);
  readonly #wake: Wake = createWake();
  readonly #backoff: Backoff = createBackoff({ baseMs: 10, maxMs: 500 });
  readonly #ended: Promise<void>;
  #comparedBreaks = 0;
  #generation: string | undefined;
  #watchedAtMs = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(bus: Bus, at: Readonly<{ slot: number; listeners: TailListeners }>) {
    this.#bus = bus;
    this.#slot = at.slot;
    this.#listeners = at.listeners;
    this.#reader = openBlockingReader(bus, `tail-${at.slot}`);
    this.#ended = this.#loop();
  }

  add(topic: Topic, partition: number, from: string): void {
    const key = this.#bus.keys.topic(topic, partition);
    if (this.#streams.has(key)) return;
    const stream: TailedStream = {
      topic,
      partition,
      key,
      cursor: from === 'now' ? undefined : from,
      last: undefined,
      isDoubted: false,
      looking: undefined,
    };
    this.#streams.set(key, stream);
    // Sent before whatever the caller sends next on `bus.redis`: a value read after this call is not newer than where the tail begins.
    this.#locate(stream).catch((error: unknown) =>
      this.#listeners.log.debug({ stream: key, error: String(error) }, 'the end of a stream is looked up again'),
    );
    this.#wake.now();
    this.#reader.cutShort();
  }

  remove(topic: Topic, partition: number): void {
    this.#streams.delete(this.#bus.keys.topic(topic, partition));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#wake.now();
    this.#reader.close();
    await this.#ended;
  }

  async #loop(): Promise<void> {
    while (!this.#closed) {
      try {
        await this.#readOnce();
      } catch (error) {
        if (this.#closed) return;
        this.#listeners.log.debug({ slot: this.#slot, error: String(error) }, 'a tail could not read');
        await wait(this.#backoff.nextMs());
      }
    }
  }

  async #readOnce(): Promise<void> {
    if (this.#streams.size === 0) {
      await this.#wake.sleep(IDLE_MS);
      return;
    }
    await Promise.all([...this.#streams.values()].map((stream) => this.#locate(stream)));
    await this.#watch();
    const breaks = this.#reader.breaks();
    await this.#compare(breaks);
    const located = [...this.#streams.values()].flatMap(({ key, cursor }) => (cursor === undefined ? [] : [[key, cursor] as const]));
    if (located.length === 0) return;
    const cursors = new Map(located);
    const reply = await this.#page.read((entries) => this.#reader.read(cursors, entries));
    // What came over another connection is asked for again, once it is known whether the log is the same.
    if (this.#reader.breaks() !== breaks) return;
    for (const [key, entries] of reply) {
      const stream = this.#streams.get(key);
      if (stream !== undefined && stream.cursor === cursors.get(key)) await this.#deliver(stream, entries);
    }
    this.#backoff.reset();
  }

  async #locate(stream: TailedStream): Promise<void> {
    if (stream.cursor !== undefined) return;
    stream.looking ??= this.#lookUp(stream);
    await stream.looking;
  }

  async #lookUp(stream: TailedStream): Promise<void> {
    try {
      stream.cursor = (await stateOf(this.#bus.redis, stream.key)).lastId;
    } finally {
      stream.looking = undefined;
    }
  }

  /** After the connection was lost, finds the streams that were rolled back and written anew beyond what was read of them. */
  async #compare(breaks: number): Promise<void> {
    if (breaks !== this.#comparedBreaks) for (const stream of this.#streams.values()) stream.isDoubted = true;
    this.#comparedBreaks = breaks;
    for (const stream of this.#streams.values()) {
      const { last } = stream;
      if (!stream.isDoubted) continue;
      const isWhole = last === undefined || last.id !== stream.cursor || (await isStillThere(this.#bus.redis, stream.key, last));
      stream.isDoubted = false;
      if (isWhole || !this.#isTailed(stream)) continue;
      stream.cursor = (await stateOf(this.#bus.redis, stream.key)).lastId;
      this.#reset(stream, 'rollback');
    }
  }

  /** XREAD says nothing about a log that ends before the cursor, and no entry tells of a new generation. */
  async #watch(): Promise<void> {
    if (performance.now() - this.#watchedAtMs < WATCH_EVERY_MS) return;
    this.#watchedAtMs = performance.now();
    const current = (await this.#bus.redis.get(this.#bus.keys.generation(this.#slot))) ?? '0';
    const isNewGeneration = this.#generation !== undefined && current !== this.#generation;
    this.#generation = current;
    for (const stream of this.#streams.values()) {
      const { lastId } = await stateOf(this.#bus.redis, stream.key);
      const isBehind = stream.cursor !== undefined && compareIds(lastId, stream.cursor) < 0;
      if (!this.#isTailed(stream) || !(isBehind || isNewGeneration)) continue;
      stream.cursor = lastId;
      this.#reset(stream, isNewGeneration ? 'generation' : 'rollback');
    }
  }

  async #deliver(stream: TailedStream, entries: readonly RawEntry[]): Promise<void> {
    for (const entry of entries) {
      const { id, fields } = entry;
      if (!this.#isTailed(stream)) return;
      const prev = fields.get('prev')?.toString() ?? '';
      if (prev !== stream.cursor) {
        stream.cursor = (await stateOf(this.#bus.redis, stream.key)).lastId;
        this.#reset(stream, 'gap');
        return;
      }
      stream.cursor = id;
      stream.last = entry;
      this.#listeners.onEntry({ topic: stream.topic, partition: stream.partition, id, prev, fields });
    }
  }

  #isTailed(stream: TailedStream): boolean {
    return this.#streams.get(stream.key) === stream;
  }

  #reset(stream: TailedStream, reason: ResetReason): void {
    this.#listeners.log.warn({ stream: stream.key, cursor: stream.cursor, reason }, 'a tail begins again at the newest entry');
    this.#listeners.onReset({ topic: stream.topic, partition: stream.partition, reason });
  }
}
