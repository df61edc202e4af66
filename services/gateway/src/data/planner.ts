import { type Instrument, parseInterval, signalKey } from '@signal/contracts';
import type { Clock } from '@signal/kernel';
import { barSpan } from '@signal/market';
import type { Inbox } from './inbox.ts';
import { partitionFor } from './instruments.ts';
import { type LatestPair, type LatestSource, readPairs } from './latest-source.ts';

/** Asks for bars and readings that nobody had asked for before, and waits for the first of them. */
export interface Planner {
  /** Returns the newest bar of an interval; opens the series when there is none yet. */
  bars(instrument: Instrument, interval: string): Promise<LatestPair>;
  /** Asks for the named readings, or with none for the series itself, without waiting; what runs already is left alone. */
  request(instrument: Instrument, interval: string, expressions: readonly string[]): Promise<void>;
  /** Returns stored rows of a series. When there are none because it was never opened, opens it and waits at most 2 s for the first. */
  stored<Row>(instrument: Instrument, interval: string, read: () => Promise<readonly Row[]>): Promise<readonly Row[]>;
  /** Returns the newest readings in the order of the expressions; starts the missing ones and waits at most 2 s for them. */
  readings(instrument: Instrument, interval: string, expressions: readonly string[]): Promise<readonly LatestPair[]>;
}

type PlannerDeps = Readonly<{ latest: LatestSource; inbox: Inbox; partitions: number; clock: Clock; wait: (ms: number) => Promise<void> }>;
type Ask = Readonly<{ topic: 'bars' | 'indicators'; partition: number; keys: readonly string[]; instrument: Instrument; interval: string }>;

const WAIT_MS = 2_000;
const POLL_MS = 40;
/** Every instrument has this series: it tells how far the others must be. */
const MINUTE = '1m';
const ASK_AGAIN_MS = 10_000;
const MAX_REMEMBERED = 10_000;

const nothing: LatestPair = { closed: undefined, forming: undefined };
const isMissing = (pair: LatestPair): boolean => pair.closed === undefined && pair.forming === undefined;

/** Returns a function that tells whether something was not asked for in the last ten seconds, and remembers that it now is. */
const createMemory = (clock: Clock): ((what: string) => boolean) => {
  const asked = new Map<string, number>();
  return (what) => {
    const now = clock.nowMs();
    if (now - (asked.get(what) ?? -Infinity) < ASK_AGAIN_MS) return false;
    if (asked.size >= MAX_REMEMBERED) asked.clear();
    asked.set(what, now);
    return true;
  };
};

type Bars = Readonly<{ bar: LatestPair; minute: LatestPair }>;

/** Earlier bars of a series that was just opened come in parts: until the newest one reaches the current minute, it would pass for current. */
const isBehindMinute = ({ bar, minute }: Bars, interval: string, venue: string): boolean => {
  const newest = bar.forming ?? bar.closed;
  const reached = minute.forming ?? minute.closed;
  if (newest === undefined || reached === undefined) return false;
  const span = barSpan(parseInterval(interval), venue, newest.tsMs);
  return span !== undefined && span.endMs <= reached.tsMs;
};

/** A reading that is behind the newest closed bar is still being folded from earlier bars: shown, it would pass for current. */
const upTo = (bar: LatestPair | undefined, pair: LatestPair): LatestPair => {
  const barMs = bar?.closed?.tsMs ?? -Infinity;
  const isBehind = (pair.closed?.tsMs ?? -Infinity) < barMs && (pair.forming?.tsMs ?? -Infinity) < barMs;
  return isBehind ? nothing : pair;
};

/** Returns the newest pairs, empty where what stands there is still being made of earlier bars. */
const readCurrent = async (latest: LatestSource, ask: Ask): Promise<readonly LatestPair[]> => {
  const { partition, instrument, interval } = ask;
  const keys = [interval, MINUTE].map((one) => signalKey({ instrument: instrument.id, interval: one }));
  // The bars are read first: a reading read after them may be ahead, and never seems behind.
  const [bar = nothing, minute = nothing] = await readPairs(latest, 'bars', { partition, keys });
  const isOld = isBehindMinute({ bar, minute }, interval, instrument.venue);
  if (ask.topic === 'bars') return [isOld ? nothing : bar];
  return (await readPairs(latest, ask.topic, ask)).map((pair) => (isOld ? nothing : upTo(bar, pair)));
};

const awaitAll = async ({ latest, clock, wait }: PlannerDeps, ask: Ask): Promise<readonly LatestPair[]> => {
  const until = clock.nowMs() + WAIT_MS;
  for (;;) {
    const pairs = await readCurrent(latest, ask);
    if (!pairs.some(isMissing) || clock.nowMs() >= until) return pairs;
    await wait(POLL_MS);
  }
};

/** Returns a planner. A plan is asked for once in ten seconds, however many callers wait for it; ingest opens the series that it reads. */
export function createPlanner(deps: PlannerDeps): Planner {
  const isFresh = createMemory(deps.clock);

  const barsAsk = (instrument: Instrument, interval: string): Ask => ({
    topic: 'bars',
    partition: partitionFor(instrument, deps.partitions),
    keys: [signalKey({ instrument: instrument.id, interval })],
    instrument,
    interval,
  });
  const readingsAsk = (instrument: Instrument, interval: string, expressions: readonly string[]): Ask => ({
    ...barsAsk(instrument, interval),
    topic: 'indicators',
    keys: expressions.map((expression) => signalKey({ instrument: instrument.id, interval, expression })),
  });

  /** Returns whether the series was just asked for. */
  const openSeries = async (instrument: Instrument, interval: string): Promise<boolean> => {
    const ask = barsAsk(instrument, interval);
    const isOpen = !(await readPairs(deps.latest, 'bars', ask)).some(isMissing);
    if (isOpen || !isFresh(`${instrument.id}|${interval}`)) return false;
    await deps.inbox(ask.partition, { kind: 'series-open', instrument: instrument.id, interval });
    return true;
  };

  const startPlans = async (instrument: Instrument, interval: string, expressions: readonly string[]): Promise<void> => {
    const ask = readingsAsk(instrument, interval, expressions);
    const pairs = await readPairs(deps.latest, 'indicators', ask);
    const missing = expressions.filter((_, index) => isMissing(pairs[index] ?? nothing));
    for (const expression of missing) {
      if (isFresh(`${instrument.id}|${interval}|${expression}`))
        await deps.inbox(ask.partition, { kind: 'plan-start', instrument: instrument.id, interval, expression });
    }
  };

  const request: Planner['request'] = async (instrument, interval, expressions) => {
    if (expressions.length === 0) await openSeries(instrument, interval);
    else await startPlans(instrument, interval, expressions);
  };

  return {
    request,
    async bars(instrument, interval) {
      await openSeries(instrument, interval);
      const [pair = nothing] = await awaitAll(deps, barsAsk(instrument, interval));
      return pair;
    },
    async stored(instrument, interval, read) {
      const rows = await read();
      if (rows.length > 0 || !(await openSeries(instrument, interval))) return rows;
      const until = deps.clock.nowMs() + WAIT_MS;
      for (;;) {
        await deps.wait(POLL_MS);
        const later = await read();
        if (later.length > 0 || deps.clock.nowMs() >= until) return later;
      }
    },
    async readings(instrument, interval, expressions) {
      await startPlans(instrument, interval, expressions);
      return awaitAll(deps, readingsAsk(instrument, interval, expressions));
    },
  };
}
