import { type ChainBody, type GreekColumn, optionId, optionStatuses, type Signal, type Slice } from '@signal/contracts';
import { moneynessLabel } from '@signal/options';

type ChainStrike = ChainBody['strikes'][number];
type ChainLeg = ChainStrike['call'];

/** Beside the slice: the underlying's unexpired expiries, and the signal's own count. */
export type ChainContext = Readonly<{ expiries: readonly string[]; seq: number }>;

const orNull = (value: number | undefined): number | null => (value === undefined || !Number.isFinite(value) ? null : value);

const legReader = ({ head, columns }: Slice, atmIndex: number): ((strikeIndex: number, right: 'C' | 'P') => ChainLeg) => {
  const column = (name: GreekColumn): Float64Array => columns.get(name) ?? new Float64Array();
  const [bid, ask, openInterest, volume] = [column('bid'), column('ask'), column('openInterest'), column('volume')];
  const [delta, gamma, theta, vega, rho, status] = [
    column('delta'),
    column('gamma'),
    column('theta'),
    column('vega'),
    column('rho'),
    column('status'),
  ];
  return (strikeIndex, right) => {
    const cell = 2 * strikeIndex + (right === 'C' ? 0 : 1);
    const strike = head.strikes[strikeIndex] ?? 0;
    return {
      instrument: optionId({ underlying: head.underlying, expiry: head.expiry, strike, right }),
      label: moneynessLabel(strikeIndex, atmIndex, right),
      status: optionStatuses[status[cell] ?? 1] ?? 'no_quote',
      bid: orNull(bid[cell]),
      ask: orNull(ask[cell]),
      openInterest: orNull(openInterest[cell]),
      volume: orNull(volume[cell]),
      delta: orNull(delta[cell]),
      gamma: orNull(gamma[cell]),
      theta: orNull(theta[cell]),
      vega: orNull(vega[cell]),
      rho: orNull(rho[cell]),
    };
  };
};

/** Returns the chain of a priced slice in the shape of the API. */
export function chainBody(slice: Slice, expiries: readonly string[]): ChainBody {
  const { head, columns } = slice;
  const iv = columns.get('iv');
  const leg = legReader(slice, head.strikes.indexOf(head.atmStrike));
  return {
    underlying: head.underlying,
    expiry: head.expiry,
    expiries: [...expiries],
    spot: orNull(head.spot),
    forward: orNull(head.forward),
    atmStrike: head.atmStrike,
    atmIv: head.atmIv,
    asOfMs: head.tsMs,
    strikes: head.strikes.map((strike, index): ChainStrike => {
      const volatility = orNull(iv?.[2 * index]);
      return {
        strike,
        iv: volatility,
        ivSide: volatility === null ? null : strike >= head.forward ? 'C' : 'P',
        call: leg(index, 'C'),
        put: leg(index, 'P'),
      };
    }),
  };
}

/** What is the same of every chain's key. A chain is a picture of its instant, which is never corrected, so it is final. */
export const CHAIN_KEY = { expression: 'chain', final: true } as const;

/** Returns the signal that carries a chain. */
export function chainSignal(slice: Slice, { expiries, seq }: ChainContext): Signal {
  const { underlying, expiry, tsMs } = slice.head;
  return { ...CHAIN_KEY, instrument: underlying, expiry, seq, tsMs, data: chainBody(slice, expiries) };
}
