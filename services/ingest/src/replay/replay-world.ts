import { partitionOf } from '@signal/contracts';
import type { PartitionFeed } from '../feed/partition-feed.ts';
import { createDays } from './days.ts';
import type { MarketClock } from './market-clock.ts';
import { readRecordedDays } from './recorded-days.ts';
import { createReplayFeed } from './replay-feed.ts';
import { bridgedInstrument, type ReplayInstrument, testInstruments } from './replay-instrument.ts';

const CHAIN_UNDERLYING = 'INDEX:SPX';
const VOLATILITY_INDEX = 'INDEX:VIX';

/** Everything that the replay plays. */
export type ReplayWorld = Readonly<{ instruments: ReadonlyMap<string, ReplayInstrument> }>;

/** Reads the recorded days and returns the instruments of the replay, the test instruments included if asked for. */
export function createReplayWorld({ withTest }: Readonly<{ withTest: boolean }>): ReplayWorld {
  const bridged = [...readRecordedDays()].map(([instrument, rows]) => bridgedInstrument(instrument, createDays(instrument, rows)));
  const all = [...bridged, ...(withTest ? testInstruments() : [])];
  return { instruments: new Map(all.map((one) => [one.instrument, one])) };
}

/** Returns the replay as one partition sees it: its own instruments, each a function of nothing but the date. */
export function replayFeedOf(world: ReplayWorld, at: Readonly<{ partition: number; partitions: number; clock: MarketClock }>): PartitionFeed {
  const instruments = [...world.instruments.values()].filter(({ instrument }) => partitionOf(instrument, at.partitions) === at.partition);
  const underlying = instruments.find(({ instrument }) => instrument === CHAIN_UNDERLYING);
  const chain = underlying === undefined ? {} : { chain: { underlying, vix: world.instruments.get(VOLATILITY_INDEX) } };
  return createReplayFeed({ instruments, clock: at.clock, ...chain });
}
