import { describe, expect, it } from '@jest/globals';
import { partitionOf } from '@signal/contracts';
import { createMarketClock } from './market-clock.ts';
import { createReplayWorld, replayFeedOf } from './replay-world.ts';

const PARTITIONS = 64;
const world = createReplayWorld({ withTest: false });
/** Recorded in other years only. */
const IDLE = 'NASDAQ:AAPL';

describe('a replay partition in which nothing trades', () => {
  const pace = { from: '2018-12-24', to: '2018-12-24', stopsAtTo: true, once: true, speed: 60 };

  it('says its end when the market is there and not before, so that whoever takes it over learns no time that is not yet', () => {
    let wallMs = 0;
    const clock = createMarketClock(pace, () => wallMs);
    const feed = replayFeedOf(world, { partition: partitionOf(IDLE, PARTITIONS), partitions: PARTITIONS, clock });
    const end = (clock.limitMs - clock.beginMs) / pace.speed;
    wallMs = end - 1;
    expect([feed.next(feed.firstPosition), feed.dueInMs(feed.firstPosition)]).toEqual([undefined, 1]);
    wallMs = end;
    expect(feed.dueInMs(feed.firstPosition)).toBe(0);
    const step = feed.next(feed.firstPosition);
    expect(step?.records.map(({ kind }) => kind)).toEqual(['mark', 'feed-end']);
    if (step === undefined) return;
    expect([feed.isOver(step.position), feed.next(step.position), feed.dueInMs(step.position)]).toEqual([true, undefined, undefined]);
  });
});
