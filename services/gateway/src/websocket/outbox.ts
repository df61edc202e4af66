import type { Frame } from './frame.ts';

/** Where a subscription stands: the sequence last delivered on it. `snapshotOf` = nothing was yet, and what comes first is the snapshot of this epoch. */
export type Cursor = { seq: number; snapshotOf?: number | undefined };

type Item = { text: string } | { frame: Frame; cursor: Cursor };

/** What waits to be written to one client, in order; of each topic at most one conflatable message. */
export interface Outbox {
  text(text: string): void;
  update(frame: Frame, cursor: Cursor): void;
  /** Returns all that waits, rendered, and forgets it. */
  drain(): readonly string[];
  /** Messages that waiting has not thinned out. */
  size(): number;
}

/** Returns an empty outbox. */
export function createOutbox(): Outbox {
  // Set keeps the order; a message that is overtaken is deleted from it, whatever its place.
  const items = new Set<Item>();
  const conflatable = new Map<string, Item>();

  const render = (item: Item): string => {
    if ('text' in item) return item.text;
    const { frame, cursor } = item;
    const text = cursor.snapshotOf === undefined ? frame.update(cursor.seq) : frame.snapshot(cursor.snapshotOf);
    cursor.seq = frame.seq;
    cursor.snapshotOf = undefined;
    return text;
  };

  return {
    text(text) {
      items.add({ text });
    },
    update(frame, cursor) {
      // The newest of a topic says more than what still waits of it: a forming bar gives way to its final one too.
      const overtaken = conflatable.get(frame.topic);
      if (overtaken !== undefined) items.delete(overtaken);
      conflatable.delete(frame.topic);
      const item: Item = { frame, cursor };
      items.add(item);
      if (frame.isConflatable) conflatable.set(frame.topic, item);
    },
    drain() {
      const texts = [...items].map(render);
      items.clear();
      conflatable.clear();
      return texts;
    },
    size: () => items.size,
  };
}
