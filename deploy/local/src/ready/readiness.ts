import { openRedis } from '@signal/bus';
import { createKeys } from '@signal/contracts';
import type { StartFlags } from '../flags/start-flags.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { Launched } from '../fleet/launch.ts';
import { until } from '../process/until.ts';
import { isCaughtUp, markPassed } from './caught-up.ts';
import { createStandstill, readFeedState } from './feed-state.ts';
import { createReadingWatch } from './first-reading.ts';

/** When a fleet is ready, and when a finished feed is drained. */
export interface Readiness {
  /** Resolves once READY may be said: with the replay feed, signals flow or the feed has ended already. */
  untilReady(): Promise<void>;
  /** Resolves once the feed has ended and every reader has committed its last entry. */
  untilDrained(): Promise<void>;
  close(): void;
}

const READY_WITHIN_MS = 120_000;
/** A feed may take as long as it takes; the user's Ctrl-C is what bounds it. */
const DRAINED_WITHIN_MS = 7 * 24 * 3600 * 1000;
const READY_POLL_MS = 100;
const DRAIN_POLL_MS = 200;
const STANDSTILL_POLLS = 50;

/** Returns the readiness of a launched fleet; the caller closes it. */
export async function openReadiness(
  deps: Readonly<{ launched: Launched; fleet: Fleet; flags: StartFlags; signal: AbortSignal }>,
): Promise<Readiness> {
  const { fleet, flags, launched, signal } = deps;
  const redis = await openRedis(launched.urls.redisUrl, { name: 'launcher' });
  const place = { redis, keys: createKeys(launched.namespace), partitions: launched.partitions };
  const feedState = () => readFeedState(fleet.members(), launched.internalKey);
  return {
    untilReady: async () => {
      if (flags.feed.kind !== 'replay') return;
      const watch = createReadingWatch(place, launched.lastReadingId);
      // A market that a given --to has stopped already publishes nothing more.
      const standsStill = createStandstill({
        endMs: flags.to === undefined ? Number.POSITIVE_INFINITY : Date.parse(flags.to),
        times: STANDSTILL_POLLS,
      });
      const flows = async (): Promise<boolean> => {
        if (await watch.hasCome()) return true;
        const state = await feedState();
        return state?.state === 'ended' || standsStill(state);
      };
      await until(flows, { withinMs: READY_WITHIN_MS, what: 'the first rsi(14) of INDEX:SPX', everyMs: READY_POLL_MS, signal });
      // The first reading may be ahead of slower readers, who are still folding the earlier bars: a first look at a chain would miss.
      const hasPassed = await markPassed(place);
      await until(hasPassed, { withinMs: READY_WITHIN_MS, what: 'all readers to pass the earlier bars', everyMs: READY_POLL_MS, signal });
    },
    untilDrained: async () => {
      const isDrained = async (): Promise<boolean> => (await feedState())?.state === 'ended' && (await isCaughtUp(place));
      await until(isDrained, { withinMs: DRAINED_WITHIN_MS, what: 'the end of the feed', everyMs: DRAIN_POLL_MS, signal });
    },
    close: () => redis.disconnect(),
  };
}
