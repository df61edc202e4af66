import { type ChainBody, SignalError } from '@signal/contracts';

/** Returns n of `ATM~n`; undefined = all strikes. */
export function strikesRound(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const count = /^ATM[~±](\d{1,4})$/.exec(text)?.[1];
  if (count === undefined)
    throw new SignalError('query_invalid', `strikes is ${text.slice(0, 20)}, and must be ATM~n`, {
      errors: [{ pointer: 'strikes', detail: 'must be ATM~n' }],
    });
  return Number(count);
}

/** Returns the chain with the 2n+1 strikes round the one nearest the forward (tie: the lower), or all of them. */
export function selectStrikes(chain: ChainBody, count: number | undefined): ChainBody {
  if (count === undefined || chain.strikes.length === 0) return chain;
  const centre = chain.forward ?? chain.spot ?? chain.strikes[0]?.strike ?? 0;
  let nearest = 0;
  chain.strikes.forEach((row, index) => {
    const best = chain.strikes[nearest]?.strike ?? 0;
    if (Math.abs(row.strike - centre) < Math.abs(best - centre)) nearest = index;
  });
  return { ...chain, strikes: chain.strikes.slice(Math.max(0, nearest - count), nearest + count + 1) };
}
