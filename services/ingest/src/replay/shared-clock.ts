import { type Logger, withDeadline } from '@signal/kernel';
import { advanceMarket, DEFAULT_SPEED, type MarketClock } from './market-clock.ts';

/** What the clock needs of Redis. */
export type TextStore = Readonly<{ get(key: string): Promise<string | null>; set(key: string, value: string): Promise<unknown> }>;

/** Market time as members share it: reached at that wall time. */
type Anchor = Readonly<{ marketMs: number; wallMs: number }>;

/** Keeps one market time for all members of a fleet, and over a restart. */
export interface SharedClock {
  start(): Promise<void>;
  stop(): Promise<void>;
}

const SHARE_EVERY_MS = 1_000;
const CALL_MS = 2_000;
/** Longer than this without a member, and the market stood still meanwhile: it goes on where it was. */
const STOPPED_AFTER_MS = 10_000;

const readAnchor = (text: string | null): Anchor | undefined => {
  if (text === null) return undefined;
  const [marketMs = Number.NaN, wallMs = Number.NaN] = text.split(' ').map(Number);
  return Number.isFinite(marketMs) && Number.isFinite(wallMs) ? { marketMs, wallMs } : undefined;
};

/**
 * Returns a keeper that once a second takes the furthest of the members' market times and writes it back (key `key`, text
 * `marketMs wallMs`). Times only rise, so that it does not matter who writes last. What is published never depends on it, only when.
 */
export function createSharedClock(
  deps: Readonly<{ store: TextStore; key: string; clock: MarketClock; wallMs(): number; speed: number | 'max'; log: Logger }>,
): SharedClock {
  const { store, key, clock, log } = deps;
  const speed = deps.speed === 'max' ? DEFAULT_SPEED : deps.speed;
  let timer: NodeJS.Timeout | undefined;
  let sharing: Promise<void> | undefined;
  const share = async (): Promise<void> => {
    const anchor = readAnchor(await withDeadline(store.get(key), CALL_MS, 'reading the market clock'));
    const wallMs = deps.wallMs();
    if (anchor !== undefined) {
      const elapsedMs = Math.max(0, wallMs - anchor.wallMs);
      clock.raise(elapsedMs > STOPPED_AFTER_MS ? anchor.marketMs : advanceMarket(anchor.marketMs, elapsedMs * speed));
    }
    // The wall clock is read after the market's: a pause between the two may make the market late, never early for all who read this.
    const marketMs = Math.floor(clock.nowMs());
    await withDeadline(store.set(key, `${marketMs} ${deps.wallMs()}`), CALL_MS, 'writing the market clock');
  };
  const shareSafely = (): void => {
    sharing ??= share()
      .catch((error: unknown) => log.warn({ error: String(error) }, 'the market clock was not shared; it runs on'))
      .finally(() => {
        sharing = undefined;
      });
  };
  return {
    start: async () => {
      await share();
      timer = setInterval(shareSafely, SHARE_EVERY_MS);
    },
    stop: async () => {
      clearInterval(timer);
      await sharing;
    },
  };
}
