import { createBackoff } from '@signal/kernel';
import type { Topic } from '@signal/contracts';
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import type { Bus } from '../bus.ts';
import { createWake } from '../processor/wake.ts';
import { compareIds } from '../redis/stream-id.ts';
import { type RawEntry, readStreams, stateOf } from '../redis/stream-replies.ts';
import type { ResetReason, TailListeners } from './tail-types.ts';

/** A stream that is tailed; `cursor` is undefined until `now` has been looked up. */
type TailedStream = { readonly topic: Topic; readonly partition: number; readonly key: string; cursor: string | undefined; looking: Promise<void> | undefined };

/** Tails the streams of one slot over one connection. */
export interface SlotTail {
  add(topic: Topic, partition: number, from: string): void;
  remove(topic: Topic, partition: number): void;
  close(): Promise<void>;
}

const BLOCK_MS = 50;
const IDLE_MS = 250;
const READ_ENTRIES = 500;
const WATCH_EVERY_MS = 1_000;

/** Returns the tail of a slot, already running. */
export function startSlotTail(bus: Bus, at: Readonly<{ slot: number; listeners: TailListeners }>): SlotTail {
  const { listeners, slot } = at;
  const streams = new Map<string, TailedStream>();
  const connection = bus.connect(`tail-${slot}`);
  const wake = createWake();
  const backoff = createBackoff({ baseMs: 10, maxMs: 500 });
  let generation: string | undefined;
  let watchedAtMs = Number.NEGATIVE_INFINITY;
  let closed = false;

  const isTailed = (stream: TailedStream): boolean => streams.get(stream.key) === stream;

  const reset = (stream: TailedStream, reason: ResetReason): void => {
    listeners.log.warn({ stream: stream.key, cursor: stream.cursor, reason }, 'a tail begins again at the newest entry');
    listeners.onReset({ topic: stream.topic, partition: stream.partition, reason });
  };

  const lookUp = async (stream: TailedStream): Promise<void> => {
    try {
      stream.cursor = (await stateOf(bus.redis, stream.key)).lastId;
    } finally {
      stream.looking = undefined;
    }
  };
  const locate = async (stream: TailedStream): Promise<void> => {
    if (stream.cursor === undefined) await (stream.looking ??= lookUp(stream));
  };

  /** XREAD says nothing about a log that ends before the cursor, and no entry tells of a new generation. */
  const watch = async (): Promise<void> => {
    if (performance.now() - watchedAtMs < WATCH_EVERY_MS) return;
    watchedAtMs = performance.now();
    const current = (await bus.redis.get(bus.keys.generation(slot))) ?? '0';
    const isNewGeneration = generation !== undefined && current !== generation;
    generation = current;
    for (const stream of streams.values()) {
      const { lastId } = await stateOf(bus.redis, stream.key);
      const isBehind = stream.cursor !== undefined && compareIds(lastId, stream.cursor) < 0;
      if (!isTailed(stream) || !(isBehind || isNewGeneration)) continue;
      stream.cursor = lastId;
      reset(stream, isNewGeneration ? 'generation' : 'rollback');
    }
  };

  const deliver = async (stream: TailedStream, entries: readonly RawEntry[]): Promise<void> => {
    for (const { id, fields } of entries) {
      if (!isTailed(stream)) return;
      const prev = fields.get('prev')?.toString() ?? '';
      if (prev !== stream.cursor) {
        stream.cursor = (await stateOf(bus.redis, stream.key)).lastId;
        reset(stream, 'gap');
        return;
      }
      stream.cursor = id;
      listeners.onEntry({ topic: stream.topic, partition: stream.partition, id, prev, fields });
    }
  };

  const readOnce = async (): Promise<void> => {
    if (streams.size === 0) {
      await wake.sleep(IDLE_MS);
      return;
    }
    await Promise.all([...streams.values()].map(locate));
    await watch();
    const cursors = new Map([...streams.values()].map(({ key, cursor }) => [key, cursor ?? '0-0']));
    if (cursors.size === 0) return;
    const reply = await readStreams(connection, { cursors, count: READ_ENTRIES, blockMs: BLOCK_MS });
    for (const [key, entries] of reply) {
      const stream = streams.get(key);
      if (stream?.cursor === cursors.get(key) && stream !== undefined) await deliver(stream, entries);
    }
    backoff.reset();
  };

  const loop = async (): Promise<void> => {
    while (!closed) {
      try {
        await readOnce();
      } catch (error) {
        if (closed) return;
        listeners.log.debug({ slot, error: String(error) }, 'a tail could not read');
        await wait(backoff.nextMs());
      }
    }
  };
  const ended = loop();

  return {
    add: (topic, partition, from) => {
      const key = bus.keys.topic(topic, partition);
      if (streams.has(key)) return;
      const stream = { topic, partition, key, cursor: from === 'now' ? undefined : from, looking: undefined };
      streams.set(key, stream);
      // Sent before whatever the caller sends next on `bus.redis`: a value read after this call is not newer than where the tail begins.
      locate(stream).catch((error: unknown) => listeners.log.debug({ stream: key, error: String(error) }, 'the end of a stream is looked up again'));
      wake.now();
    },
    remove: (topic, partition) => void streams.delete(bus.keys.topic(topic, partition)),
    close: async () => {
      closed = true;
      wake.now();
      connection.disconnect();
      await ended;
    },
  };
}
