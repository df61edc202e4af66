import { type Instrument, signalKey } from '@signal/contracts';
import type { Clock } from '@signal/kernel';
import type { Inbox } from '../deps.ts';
import { partitionFor } from './instruments.ts';
import { type LatestPair, type LatestSource, readPairs } from './latest-source.ts';

/** Asks for bars and readings that nobody had asked for before, and waits for the first of them. */
export interface Planner {
  /** Returns the newest bar of an interval; opens the series when there is none yet. */
  bars(instrument: Instrument, interval: string): Promise<LatestPair>;
  /** Asks for a series, and for readings on it if any are named, without waiting; what runs already is left alone. */
  request(instrument: Instrument, interval: string, expressions: readonly string[]): Promise<void>;
  /** Returns the newest readings in the order of the expressions; starts the missing ones and waits at most 2 s for them. */
  readings(instrument: Instrument, interval: string, expressions: readonly string[]): Promise<readonly LatestPair[]>;
}

type PlannerDeps = Readonly<{ latest: LatestSource; inbox: Inbox; partitions: number; clock: Clock; wait: (ms: number) => Promise<void> }>;
type Ask = Readonly<{ topic: 'bars' | 'indicators'; partition: number; keys: readonly string[] }>;

const WAIT_MS = 2_000;
const POLL_MS = 40;
const ASK_AGAIN_MS = 10_000;
const MAX_REMEMBERED = 10_000;

const isMissing = (pair: LatestPair): boolean => pair.closed === undefined && pair.forming === undefined;

/** Returns a planner. A plan is asked for once in ten seconds, however many callers wait for it. */
export function createPlanner(deps: PlannerDeps): Planner {
  const asked = new Map<string, number>();

  const isFresh = (what: string): boolean => {
    const now = deps.clock.nowMs();
    if (now - (asked.get(what) ?? -Infinity) < ASK_AGAIN_MS) return false;
    if (asked.size >= MAX_REMEMBERED) asked.clear();
    asked.set(what, now);
    return true;
  };

  const openSeries = async (partition: number, instrument: string, interval: string): Promise<void> => {
    if (!isFresh(`${instrument}|${interval}`)) return;
    await deps.inbox(partition, { kind: 'series-open', instrument, interval });
  };

  const awaitAll = async (ask: Ask): Promise<readonly LatestPair[]> => {
    const until = deps.clock.nowMs() + WAIT_MS;
    for (;;) {
      const pairs = await readPairs(deps.latest, ask.topic, ask);
      if (!pairs.some(isMissing) || deps.clock.nowMs() >= until) return pairs;
      await deps.wait(POLL_MS);
    }
  };

  const bars = async (instrument: Instrument, interval: string): Promise<LatestPair> => {
    const ask = barsAsk(instrument, interval);
    await openIfMissing(ask, instrument, interval);
    const [pair = { closed: undefined, forming: undefined }] = await awaitAll(ask);
    return pair;
  };

  const barsAsk = (instrument: Instrument, interval: string): Ask => ({
    topic: 'bars',
    partition: partitionFor(instrument, deps.partitions),
    keys: [signalKey({ instrument: instrument.id, interval })],
  });

  const readingsAsk = (instrument: Instrument, interval: string, expressions: readonly string[]): Ask => ({
    topic: 'indicators',
    partition: partitionFor(instrument, deps.partitions),
    keys: expressions.map((expression) => signalKey({ instrument: instrument.id, interval, expression })),
  });

  const openIfMissing = async (ask: Ask, instrument: Instrument, interval: string): Promise<void> => {
    const pairs = await readPairs(deps.latest, 'bars', ask);
    if (pairs.some(isMissing)) await openSeries(ask.partition, instrument.id, interval);
  };

  const request = async (instrument: Instrument, interval: string, expressions: readonly string[]): Promise<void> => {
    const ask = readingsAsk(instrument, interval, expressions);
    const pairs = expressions.length === 0 ? [] : await readPairs(deps.latest, 'indicators', ask);
    const missing = expressions.filter((_, index) => isMissing(pairs[index] ?? { closed: undefined, forming: undefined }));
    if (expressions.length > 0 && missing.length === 0) return;
    await openIfMissing(barsAsk(instrument, interval), instrument, interval);
    for (const expression of missing) {
      if (isFresh(`${instrument.id}|${interval}|${expression}`)) await deps.inbox(ask.partition, { kind: 'plan-start', instrument: instrument.id, interval, expression });
    }
  };

  const readings = async (instrument: Instrument, interval: string, expressions: readonly string[]): Promise<readonly LatestPair[]> => {
    await request(instrument, interval, expressions);
    return awaitAll(readingsAsk(instrument, interval, expressions));
  };

  return { bars, request, readings };
}
