import type { Topic } from '@signal/contracts';
import type { Logger } from '@signal/kernel';

/** An entry of any topic as it stands in Redis. */
export type TailEntry = Readonly<{ topic: Topic; partition: number; id: string; prev: string; fields: ReadonlyMap<string, Buffer> }>;

/** Why a tail cannot promise that nothing was missed: entries trimmed unread, a log behind the cursor, or a new generation. */
export type ResetReason = 'gap' | 'rollback' | 'generation';

/** What a tail calls. After `onReset` it goes on from the newest entry. */
export type TailListeners = Readonly<{
  onEntry(entry: TailEntry): void;
  onReset(reset: Readonly<{ topic: Topic; partition: number; reason: ResetReason }>): void;
  log: Logger;
}>;

/** A reader of topics by cursor, without a group. */
export interface Tail {
  /** Begins a topic at `from`, exclusive: an id, or `now` (the default). A topic that is read already stays where it is. */
  add(topic: Topic, partition: number, from?: string): void;
  remove(topic: Topic, partition: number): void;
  start(): Promise<void>;
  stop(): Promise<void>;
}
