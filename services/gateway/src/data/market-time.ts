import type { LatestSource } from './latest-source.ts';

/** What the feed of a venue does. */
export type FeedState = 'live' | 'stale' | 'ended';

/** Market time as the newest prices say it. */
export interface MarketTime {
  /** Returns the newest price stamp of any partition, null before the first. Answers of the last half second are kept. */
  read(): Promise<number | null>;
  /** `ended` when the feed has nothing more to give, `stale` when market time has stood still for a while on the wall clock. */
  state(): FeedState;
}

const KEEP_MS = 500;
const STALE_AFTER_MS = 5_000;
const QUOTE = 'quote|';

/** `partitionStates`: what each partition that the feed has said anything of says of it. */
type TimeDeps = Readonly<{
  latest: LatestSource;
  partitions: number;
  nowMs: () => number;
  partitionStates: () => Promise<readonly ('live' | 'ended')[]>;
}>;

const stampOf = (text: Buffer): number => {
  const { tsMs } = JSON.parse(String(text)) as Readonly<{ tsMs?: number }>;
  return typeof tsMs === 'number' ? tsMs : -Infinity;
};

/** Returns the reader of market time: the newest stamp of the quotes and trades that ingest keeps beside `market`. */
export function createMarketTime({ latest, partitions, nowMs, partitionStates }: TimeDeps): MarketTime {
  let known: number | undefined;
  let states: readonly ('live' | 'ended')[] = [];
  let movedMs = nowMs();
  let readMs = -Infinity;
  let reading: Promise<void> | undefined;

  const newestOf = async (partition: number): Promise<number> => {
    const names = (await latest.fields('market', partition)).filter((name) => name.startsWith(QUOTE));
    return Math.max(...[...(await latest.read('market', partition, names)).values()].map(stampOf));
  };

  const refresh = async (): Promise<void> => {
    const stamps = await Promise.all(Array.from({ length: partitions }, (_, partition) => newestOf(partition)));
    states = await partitionStates();
    const newest = Math.max(...stamps);
    if (!Number.isFinite(newest)) return;
    if (newest !== known) movedMs = nowMs();
    known = newest;
  };

  return {
    async read() {
      if (nowMs() - readMs >= KEEP_MS) {
        reading ??= refresh().finally(() => {
          reading = undefined;
          readMs = nowMs();
        });
        await reading;
      }
      return known ?? null;
    },
    state() {
      const isStill = nowMs() - movedMs > STALE_AFTER_MS;
      // A partition in which nothing trades never comes to its end: it does not keep the others from theirs.
      const hasEnded = states.includes('ended') && (isStill || !states.includes('live'));
      if (hasEnded) return 'ended';
      return isStill ? 'stale' : 'live';
    },
  };
}
