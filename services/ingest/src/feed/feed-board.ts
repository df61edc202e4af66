/** What one partition says of its feed; a field of the hash `feed`. */
export type PartitionState = Readonly<{ feed: string; state: 'live' | 'ended'; marketTimeMs: number; instruments: readonly string[] }>;

/** What the whole feed says: `ended` = nothing more will come of it, and everything of it is committed. */
export type FeedState = Readonly<{
  feed: string;
  state: 'live' | 'ended';
  marketTimeMs: number | null;
  partitions: readonly Readonly<PartitionState & { partition: number }>[];
}>;

/** What the board needs of Redis. */
export type HashStore = Readonly<{
  hset(key: string, values: Record<string, string>): Promise<unknown>;
  hgetall(key: string): Promise<Record<string, string>>;
}>;

/** Where the partitions of all members say how far they are. */
export interface FeedBoard {
  /** Notes what a partition reached; written with the next flush. */
  note(partition: number, state: PartitionState): void;
  /** Writes what was noted since the last flush. */
  flush(): Promise<void>;
  /** Returns the state of the whole feed, as far as all members have written it. */
  read(): Promise<FeedState>;
}

/** Returns the board of a feed. `endsIn` = partitions that must have ended for the feed to have ended; none = it never ends. */
export function createFeedBoard(deps: Readonly<{ store: HashStore; key: string; feed: string; endsIn: () => readonly number[] }>): FeedBoard {
  const { store, key, feed } = deps;
  const noted = new Map<number, PartitionState>();
  const flush = async (): Promise<void> => {
    if (noted.size === 0) return;
    const values = Object.fromEntries([...noted].map(([partition, state]) => [String(partition), JSON.stringify(state)]));
    noted.clear();
    await store.hset(key, values);
  };
  return {
    note: (partition, state) => noted.set(partition, state),
    flush,
    read: async () => {
      await flush();
      const stored = await store.hgetall(key);
      const partitions = Object.entries(stored)
        .map(([partition, text]) => ({ partition: Number(partition), ...(JSON.parse(text) as PartitionState) }))
        .filter((state) => state.feed === feed)
        .sort((a, b) => a.partition - b.partition);
      const endsIn = deps.endsIn();
      const hasEnded =
        endsIn.length > 0 && endsIn.every((partition) => partitions.some((state) => state.partition === partition && state.state === 'ended'));
      const marketTimeMs = partitions.length === 0 ? null : Math.max(...partitions.map((state) => state.marketTimeMs));
      return { feed, state: hasEnded ? 'ended' : 'live', marketTimeMs, partitions };
    },
  };
}
