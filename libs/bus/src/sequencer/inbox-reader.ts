import { createBackoff } from '@signal/kernel';
import { setTimeout as wait } from 'node:timers/promises';
import type { Bus } from '../bus.ts';
import { createWake } from '../processor/wake.ts';
import { openBlockingReader } from '../redis/blocking-reader.ts';
import { isWanted } from '../runs/owned-run.ts';
import type { OpenRun, SequenceRun } from './sequence-run.ts';

/** Reads the inboxes of a slot's open partitions into their queues, over a connection of its own. */
export interface InboxReader {
  /** A partition of the slot became open. */
  wake(): void;
  close(): Promise<void>;
}

const IDLE_MS = 250;
const READ_ENTRIES = 500;
/** Records that wait in memory at most; the rest waits in Redis. */
const MAX_QUEUE = 2_000;

/** Returns a reader, already running; `arrived` is called when records came. */
export function startInboxReader(bus: Bus, at: Readonly<{ name: string; runs: ReadonlySet<SequenceRun>; arrived(): void }>): InboxReader {
  const reader = openBlockingReader(bus, at.name);
  const wake = createWake();
  const backoff = createBackoff({ baseMs: 10, maxMs: 500 });
  let closed = false;

  const readOnce = async (): Promise<void> => {
    const open = [...at.runs].filter((run): run is OpenRun => run.state !== undefined && isWanted(run) && run.state.inboxQueue.length < MAX_QUEUE);
    if (open.length === 0) {
      await wake.sleep(IDLE_MS);
      return;
    }
    const states = new Map(open.map((run) => [bus.keys.topic('inbox', run.partition), run.state]));
    const cursors = new Map([...states].map(([key, state]) => [key, state.inboxReadTo]));
    const reply = await reader.read(cursors, READ_ENTRIES);
    for (const [key, entries] of reply) {
      const state = states.get(key);
      const last = entries.at(-1);
      if (state === undefined || last === undefined) continue;
      // A state dropped meanwhile takes its queue with it; the next one reads from the committed cursor.
      state.inboxQueue.push(...entries);
      state.inboxReadTo = last.id;
    }
    if (reply.size > 0) at.arrived();
    backoff.reset();
  };

  const loop = async (): Promise<void> => {
    while (!closed) {
      try {
        await readOnce();
      } catch (error) {
        if (closed) return;
        bus.log.debug({ connection: at.name, error: String(error) }, 'inboxes could not be read');
        await wait(backoff.nextMs());
      }
    }
  };
  const ended = loop();
  return {
    wake: () => {
      wake.now();
      reader.cutShort();
    },
    close: async () => {
      closed = true;
      wake.now();
      reader.close();
      await ended;
    },
  };
}
