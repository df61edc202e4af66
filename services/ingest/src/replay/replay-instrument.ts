import type { Source } from '@signal/contracts';
import { dayOf, type Session } from '@signal/market';
import { bridgeDay } from './bridge.ts';
import type { DayRow } from './day-row.ts';
import type { Days } from './days.ts';
import { createWalk, sinePrice } from './test-instruments.ts';

/** Seconds between two ticks of a bridged instrument. */
export const BRIDGED_STEP_S = 5;

/** The ticks of one session of one instrument: the k-th at `stepS` × k seconds after the market's open. */
export type SessionTicks = Readonly<{ stepS: number; count: number; source: Source; price(index: number): number; size(index: number): number }>;

/** An instrument of the replay. Its ticks are a function of the session alone. */
export interface ReplayInstrument {
  readonly instrument: string;
  readonly venue: string;
  readonly source: Source;
  /** Returns the ticks of a market session, or undefined when the instrument does not trade in it. */
  ticks(session: Session): SessionTicks | undefined;
  /** Days behind the ticks; absent where a formula makes them. */
  readonly days: Days | undefined;
}

/** Sessions whose ticks stay in memory per instrument: the running one and those that earlier bars are built of. */
const CACHED_SESSIONS = 7;

const remember = (make: (session: Session) => SessionTicks | undefined): ((session: Session) => SessionTicks | undefined) => {
  const made = new Map<string, SessionTicks | undefined>();
  return (session) => {
    if (made.has(session.session)) return made.get(session.session);
    const ticks = make(session);
    made.set(session.session, ticks);
    const oldest = made.keys().next().value;
    if (made.size > CACHED_SESSIONS && oldest !== undefined) made.delete(oldest);
    return ticks;
  };
};

const secondsOf = (session: Session): number => (session.closesMs - session.opensMs) / 1_000;
const venueOf = (instrument: string): string => instrument.slice(0, instrument.indexOf(':'));

const ticksOfRow = (row: DayRow, instrument: string, session: Session): SessionTicks => {
  const count = secondsOf(session) / BRIDGED_STEP_S;
  const { prices, sizes } = bridgeDay(row, { instrument, count });
  const source = row.source === 'recorded' ? 'bridged' : 'synthetic';
  return { stepS: BRIDGED_STEP_S, count, source, price: (index) => prices[index] ?? row.close, size: (index) => sizes[index] ?? 0 };
};

/** Returns an instrument that trades on its recorded days, and on bootstrapped ones after the last. */
export function bridgedInstrument(instrument: string, days: Days): ReplayInstrument {
  const make = (session: Session): SessionTicks | undefined => {
    const row = days.row(dayOf(session.session));
    return row === undefined ? undefined : ticksOfRow(row, instrument, session);
  };
  return { instrument, venue: venueOf(instrument), source: 'bridged', days, ticks: remember(make) };
}

const byFormula = (instrument: string, createPrice: () => (second: number) => number): ReplayInstrument => ({
  instrument,
  venue: venueOf(instrument),
  source: 'synthetic',
  days: undefined,
  ticks: remember((session) => {
    const priceAt = createPrice();
    const opens = session.opensMs / 1_000;
    const count = secondsOf(session);
    // Once a session: earlier bars are built of the same ticks for every interval, and the walk hashes each second.
    const prices = Float64Array.from({ length: count + 1 }, (_, index) => priceAt(opens + index));
    return { stepS: 1, count, source: 'synthetic', price: (index) => prices[index] ?? Number.NaN, size: () => 1 };
  }),
});

/** Returns the always-on test instruments: a sine, a walk, and one that never ticks. */
export function testInstruments(): readonly ReplayInstrument[] {
  const silent = { instrument: 'TEST:SILENT', venue: 'TEST', source: 'synthetic', days: undefined, ticks: () => undefined } as const;
  return [byFormula('TEST:SINE', () => sinePrice), byFormula('TEST:WALK', createWalk), silent];
}
