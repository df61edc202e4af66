/** How many entries to ask for at once: fewer after a reply that did not come in time, more again once replies come. */
export interface PageSize {
  readonly entries: number;
  /** Asks with the size in hand; after a failure twice more with a quarter each, and then throws what the last one threw. */
  read<T>(ask: (entries: number) => Promise<T>): Promise<T>;
}

const SHRINK_BY = 4;
const ATTEMPTS = 3;

/**
 * Returns a page size that begins at `most`. A reply too large for a slow link or a starved process would miss its deadline again and
 * again, and its reader stand still for ever; a quarter of it gets through.
 */
export function createPageSize(most: number): PageSize {
  let entries = most;
  return {
    get entries() {
      return entries;
    },
    read: async (ask) => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          const answer = await ask(entries);
          entries = Math.min(most, 2 * entries);
          return answer;
        } catch (error) {
          entries = Math.max(1, Math.floor(entries / SHRINK_BY));
          if (attempt === ATTEMPTS) throw error;
        }
      }
    },
  };
}
