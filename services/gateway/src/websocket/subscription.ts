import type { Frame } from './frame.ts';
import type { Cursor } from './outbox.ts';
import type { Sender } from './sender.ts';

/** Least time between two conflatable messages; `mustDeliver` ones are not held. */
export type Pace = Readonly<{ everyMs: number; later: (work: () => void, ms: number) => () => void; nowMs: () => number }>;

/** One topic of one socket: holds live messages while its snapshot is read, then passes them on in order and at the pace asked. */
export class Subscription {
  readonly topic: string;
  readonly cursor: Cursor = { seq: 0 };
  readonly #sender: Sender;
  #pace: Pace;
  #held: Frame[] | undefined = [];
  #waiting: Frame | undefined;
  #cancel: (() => void) | undefined;
  #sentMs = -Infinity;

  constructor(topic: string, sender: Sender, pace: Pace) {
    this.topic = topic;
    this.#sender = sender;
    this.#pace = pace;
  }

  /** Holds what comes from now on, until `goOn`. */
  hold(): void {
    this.#drop();
    this.#held ??= [];
  }

  /** Passes on what was held and is newer than `seq`, and everything after it; `snapshotOf` makes the first of it a snapshot of that epoch. */
  goOn(seq: number, snapshotOf?: number): void {
    this.cursor.seq = seq;
    this.cursor.snapshotOf = snapshotOf;
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const frame of held) this.offer(frame);
  }

  repace(everyMs: number): void {
    this.#pace = { ...this.#pace, everyMs };
  }

  offer(frame: Frame): void {
    if (this.#held !== undefined) {
      this.#hold(frame, this.#held);
      return;
    }
    if (frame.seq <= this.cursor.seq) return;
    const dueMs = this.#sentMs + this.#pace.everyMs;
    if (frame.isConflatable && this.#pace.nowMs() < dueMs) this.#wait(frame, dueMs);
    else this.#send(frame);
  }

  close(): void {
    this.#drop();
    this.#held = undefined;
  }

  #hold(frame: Frame, held: Frame[]): void {
    // Of conflatable ones the newest is enough, so that a slow snapshot holds no more than the finals.
    if (held.at(-1)?.isConflatable === true) held.pop();
    held.push(frame);
  }

  #wait(frame: Frame, dueMs: number): void {
    this.#waiting = frame;
    this.#cancel ??= this.#pace.later(() => {
      this.#cancel = undefined;
      if (this.#waiting !== undefined) this.#send(this.#waiting);
    }, dueMs - this.#pace.nowMs());
  }

  #send(frame: Frame): void {
    this.#drop();
    this.#sentMs = this.#pace.nowMs();
    this.#sender.update(frame, this.cursor);
  }

  #drop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#waiting = undefined;
  }
}
