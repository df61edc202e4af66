import { slotOf, type Topic } from '@signal/contracts';
import type { Bus } from '../bus.ts';
import { type SlotTail, startSlotTail } from './slot-tail.ts';
import type { Tail, TailListeners } from './tail-types.ts';

/** Returns a tail of topics: many streams, one connection per slot, gaps and rollbacks told rather than passed over. */
export function createTail(bus: Bus, listeners: TailListeners): Tail {
  const slots = new Map<number, SlotTail>();
  const wanted: (() => void)[] = [];
  let started = false;

  const slotTailOf = (partition: number): SlotTail => {
    const slot = slotOf(partition);
    let tail = slots.get(slot);
    if (tail === undefined) {
      tail = startSlotTail(bus, { slot, listeners });
      slots.set(slot, tail);
    }
    return tail;
  };

  return {
    add: (topic: Topic, partition: number, from = 'now') => {
      const add = (): void => slotTailOf(partition).add(topic, partition, from);
      if (started) add();
      else wanted.push(add);
    },
    remove: (topic, partition) => {
      const remove = (): void => slots.get(slotOf(partition))?.remove(topic, partition);
      if (started) remove();
      else wanted.push(remove);
    },
    start: async () => {
      started = true;
      for (const step of wanted.splice(0)) step();
    },
    stop: async () => {
      await Promise.all([...slots.values()].map((tail) => tail.close()));
      slots.clear();
    },
  };
}
