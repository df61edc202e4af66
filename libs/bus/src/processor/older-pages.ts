import type { Bus } from '../bus.ts';
import { sequenceOf, ZERO_ID } from '../redis/stream-id.ts';
import type { RawEntry } from '../redis/stream-replies.ts';
import { prevOf } from './log-entry.ts';
import type { ReadyRun, RunState } from './partition-run.ts';
import { type ReadOlder, readOlderPages } from './read-log.ts';

/** Entries between where a partition stands and where the log begins now: it was away for longer than the log is kept. */
export interface OlderPages {
  /** Returns the next page before `first`, proven to follow the state; nothing when there is none. Throws `gap` where one is missing. */
  before(run: ReadyRun, first: RawEntry): Promise<readonly RawEntry[] | undefined>;
}

/** Pages under way, and where the last one that was handed out ended. */
type Open = { readonly pages: AsyncGenerator<readonly RawEntry[]>; endN: number };

/** Returns pages of older entries, read where they are kept as the partition works them off. */
export function createOlderPages(bus: Bus, readOlder: ReadOlder | undefined): OlderPages {
  // A state that is thrown away leaves its pages behind: the next one stands elsewhere.
  const open = new WeakMap<RunState, Open>();
  return {
    before: async ({ partition, state }, first) => {
      const toN = sequenceOf(prevOf(first) || ZERO_ID);
      if (readOlder === undefined || toN <= state.n) return undefined;
      let from = open.get(state);
      // A page that was not worked off, since the lease had run out just then, must come again.
      if (from?.endN !== state.n) {
        from = { pages: readOlderPages(bus.keys.topic('market', partition), readOlder, { partition, afterN: state.n, toN }), endN: state.n };
        open.set(state, from);
      }
      const { value, done } = await from.pages.next();
      if (done === true) {
        open.delete(state);
        return undefined;
      }
      from.endN = sequenceOf(value.at(-1)?.id ?? ZERO_ID);
      return value;
    },
  };
}
