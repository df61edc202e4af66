import { type Instrument, SignalError } from '@signal/contracts';
import type { Caller } from './caller.ts';

/** What a request is about; each part that is given must be covered by an entitlement. */
export type Wanted = Readonly<{ instrument?: Instrument; indicators?: readonly string[]; greeks?: boolean; historyFromMs?: number }>;

const DAY_MS = 86_400_000;

const refuse = (caller: Caller, missing: string): never => {
  throw new SignalError('entitlement_missing', `${caller.sub} has no entitlement ${missing}`);
};

/** Returns the days of history that the caller may read; Infinity for `*`. */
export function historyDays(caller: Caller): number {
  if (caller.entitlements.includes('*')) return Infinity;
  const days = caller.entitlements.map((text) => /^history:(\d{1,6})$/.exec(text)?.[1]).map(Number);
  return Math.max(0, ...days.filter(Number.isFinite));
}

/** Returns the requests a second that `rate:N` grants, or undefined. */
export function rateOf(caller: Caller): number | undefined {
  const rates = caller.entitlements.map((text) => Number(/^rate:([1-9]\d{0,6})$/.exec(text)?.[1])).filter(Number.isFinite);
  return rates.length === 0 ? undefined : Math.max(...rates);
}

/** Tells whether the caller may see the instrument's venue. */
export function mayRead(caller: Caller, instrument: Readonly<Pick<Instrument, 'venue'>>): boolean {
  return caller.entitlements.includes('*') || caller.entitlements.includes(`instruments:${instrument.venue}`);
}

/** Passes when the caller's entitlements cover all that is wanted, else throws `entitlement_missing`. `*` covers everything. */
export function requireEntitlement(caller: Caller, wanted: Wanted, marketMs = 0): void {
  if (caller.entitlements.includes('*')) return;
  const has = (text: string): boolean => caller.entitlements.includes(text);
  if (wanted.instrument !== undefined && !mayRead(caller, wanted.instrument)) refuse(caller, `instruments:${wanted.instrument.venue}`);
  for (const id of wanted.indicators ?? []) if (!has(`indicators:${id}`)) refuse(caller, `indicators:${id}`);
  if (wanted.greeks === true && !has('greeks')) refuse(caller, 'greeks');
  if (wanted.historyFromMs !== undefined && wanted.historyFromMs < marketMs - historyDays(caller) * DAY_MS) {
    refuse(caller, `history:${Math.ceil((marketMs - wanted.historyFromMs) / DAY_MS)}`);
  }
}
