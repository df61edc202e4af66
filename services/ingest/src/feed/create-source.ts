import type { Bus } from '@signal/bus';
import type { SettingValues } from '@signal/kernel';
import type { settings as definition } from '../config.ts';
import { createCsvSource } from '../csv/csv-source.ts';
import { createPushSource } from '../push/push-source.ts';
import { createReplaySource } from '../replay/replay-source.ts';
import type { FeedSource } from './feed-source.ts';

/** Returns the feed that the settings name. */
export function createSource(settings: SettingValues<typeof definition>, bus: Bus): FeedSource {
  const { redis, keys, log, partitions } = bus;
  const wallMs = (): number => bus.clock.nowMs();
  const feed = settings.FEED;
  if (feed.kind === 'push') return createPushSource(wallMs);
  if (feed.kind === 'csv') {
    const startedAtMs = async (): Promise<number> => {
      await redis.set(keys.global('csv-started'), String(wallMs()), 'NX');
      return Number(await redis.get(keys.global('csv-started')));
    };
    const { FEED_INTERVAL: interval, FEED_INSTRUMENT: instrument } = settings;
    return createCsvSource({ path: feed.path, interval, instrument, partitions, startedAtMs, log });
  }
  const { FEED_FROM: from, FEED_TO: to, FEED_ONCE: once, FEED_SPEED: speed, TEST_INSTRUMENTS: withTest } = settings;
  const store = { get: (key: string) => redis.get(key), set: (key: string, value: string) => redis.set(key, value) };
  return createReplaySource({ from, to, once, speed, withTest, partitions }, { store, clockKey: keys.global('market-clock'), wallMs, log });
}
