import { FIRST_PLACES, NO_PLACES } from './job-store.ts';

/** When and where a worker looks for abandoned jobs: a few times in a visibility timeout, and on until a round through the lanes is over. */
export interface AbandonedLook {
  /** Places to look at now, or none. */
  places(): readonly string[];
  /** Says where the look ended. */
  looked(from: readonly string[], to: readonly string[]): void;
}

const LOOKS_PER_TIMEOUT = 4;

/** Returns a look that begins at once. */
export function createAbandonedLook(visibilityMs: number, nowMs: () => number): AbandonedLook {
  let next = FIRST_PLACES;
  let dueMs = 0;
  return {
    places: () => (next.some((place) => place !== '0-0') || nowMs() >= dueMs ? next : NO_PLACES),
    looked: (from, to) => {
      if (from === NO_PLACES) return;
      next = to;
      dueMs = nowMs() + visibilityMs / LOOKS_PER_TIMEOUT;
    },
  };
}
