import { type MarketStatus, parseInstrument } from '@signal/contracts';
import { sessionsOf } from '@signal/market';
import { timeTextOf } from './bar-body.ts';
import type { Fleet } from './fleet.ts';
import { listInstruments } from './instruments.ts';
import type { LatestSource } from './latest-source.ts';

type StatusDeps = Readonly<{ latest: LatestSource; partitions: number; fleet: Pick<Fleet, 'marketMs' | 'feedState'>; feed: () => string }>;
type Row = MarketStatus['data'][number];

const rowOf = (venue: string, marketMs: number | null): Pick<Row, 'state' | 'session' | 'opensAt' | 'closesAt'> => {
  if (marketMs === null) return { state: 'closed', session: null, opensAt: null, closesAt: null };
  const calendar = sessionsOf(venue);
  const running = calendar.sessionAt(marketMs);
  const session = running ?? calendar.next(marketMs);
  return {
    state: running === undefined ? 'closed' : 'open',
    session: session.session,
    opensAt: timeTextOf(session.opensMs),
    closesAt: timeTextOf(session.closesMs),
  };
};

/** Returns session and feed of each venue that has an instrument; of a closed venue, the session that comes next. */
export async function marketStatusOf(deps: StatusDeps): Promise<MarketStatus> {
  const [instruments, marketMs] = await Promise.all([listInstruments(deps), deps.fleet.marketMs()]);
  const venues = [...new Set(instruments.map((id) => parseInstrument(id).venue))].sort();
  const feedState = deps.fleet.feedState();
  return { data: venues.map((venue) => ({ venue, ...rowOf(venue, marketMs), feed: deps.feed(), feedState, lastEventMs: marketMs })) };
}
