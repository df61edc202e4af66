import { partitionOf } from '@signal/contracts';
import type { Logger } from '@signal/kernel';
import type { FeedSource } from '../feed/feed-source.ts';
import { createMarketClock, type ReplayPace } from './market-clock.ts';
import { createReplayWorld, replayFeedOf } from './replay-world.ts';
import { createSharedClock, type TextStore } from './shared-clock.ts';

const FROM = '2018-12-17';
const FROM_ONCE = '2018-12-28';
const TO = '2018-12-31';

/** What the settings say of a replay. */
export type ReplaySettings = Readonly<{ from: string; to: string; once: boolean; speed: number | 'max'; withTest: boolean; partitions: number }>;

/** Returns the pace that settings mean: dates left out have their defaults, and only a date that was given stops the market. */
export function replayPace({ from, to, once, speed }: Pick<ReplaySettings, 'from' | 'to' | 'once' | 'speed'>): ReplayPace {
  const begin = from === '' ? (once ? FROM_ONCE : FROM) : from;
  // Without an end only `max` looks at it, to slow down there: a replay that begins later than that is at its normal pace at once.
  const end = to === '' && begin > TO && !once ? begin : to === '' ? TO : to;
  return { from: begin, to: end, stopsAtTo: to !== '', once, speed };
}

/** Returns the replay of the recorded days. */
export function createReplaySource(
  settings: ReplaySettings,
  deps: Readonly<{ store: TextStore; clockKey: string; wallMs(): number; log: Logger }>,
): FeedSource {
  const clock = createMarketClock(replayPace(settings), deps.wallMs);
  const world = createReplayWorld({ withTest: settings.withTest });
  const shared = createSharedClock({ store: deps.store, key: deps.clockKey, clock, wallMs: deps.wallMs, speed: settings.speed, log: deps.log });
  const { partitions } = settings;
  const all = [...new Set([...world.instruments.keys()].map((instrument) => partitionOf(instrument, partitions)))];
  return {
    name: 'replay',
    endsIn: settings.once ? all : [],
    start: () => shared.start(),
    stop: () => shared.stop(),
    feedOf: (partition) => replayFeedOf(world, { partition, partitions, clock }),
  };
}
