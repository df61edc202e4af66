import { type Instrument, queries, type QuoteBody, SignalError } from '@signal/contracts';
import { requireEntitlement } from '../auth/entitlements.ts';
import { knownInstrument, partitionFor } from '../data/instruments.ts';
import { greeksBodyOf, legOf } from '../data/greeks-body.ts';
import { quoteBodyOf } from '../data/quote-body.ts';
import { readSlice } from '../data/slices.ts';
import type { GatewayDeps } from '../deps.ts';
import { callerOf, defineRoute, type Route } from '../http/route.ts';

// Options are quoted in the slices of their expiry; the replay makes their quotes up round the recorded prices.
const optionQuote = async (deps: GatewayDeps, option: Instrument): Promise<QuoteBody> => {
  const partition = partitionFor(option, deps.partitions);
  const slice = await readSlice(deps.latest, { partition, underlying: option.underlying, expiry: option.expiry ?? '' });
  const leg = slice === undefined ? undefined : legOf(slice, option);
  if (slice === undefined || leg === undefined) throw new SignalError('instrument_unknown', `${option.id} is not listed`);
  const { bid, ask, last, asOfMs } = greeksBodyOf(slice, leg);
  const source = deps.feed() === 'replay' ? 'synthetic' : 'live';
  return quoteBodyOf(option.id, JSON.stringify({ tsMs: asOfMs, bid, ask, last, source }), await deps.fleet.marketMs());
};

/** Returns the route of the newest quote and trade. */
export function realtimeQuotesRoute(deps: GatewayDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v2/realtime/quotes/{instrument}',
    id: 'getRealtimeQuote',
    summary: 'The newest quote and trade of an instrument',
    access: 'read',
    query: queries.none,
    response: 'RealtimeQuote',
    errors: ['instrument_invalid', 'instrument_unknown', 'entitlement_missing'],
    async handle(request) {
      const instrument = await knownInstrument(deps, request.params['instrument'] ?? '');
      requireEntitlement(callerOf(request), { instrument });
      if (instrument.kind === 'option') return { body: await optionQuote(deps, instrument) };
      const [quote, named] = [`quote|${instrument.id}`, `instrument|${instrument.id}`];
      const values = await deps.latest.read('market', partitionFor(instrument, deps.partitions), [quote, named]);
      // What is known and never ticked has a name and a source, and nulls.
      const text = values.get(quote) ?? values.get(named);
      if (text === undefined) throw new SignalError('instrument_unknown', `${instrument.id} has no quotes of its own`);
      const body: QuoteBody = quoteBodyOf(instrument.id, String(text), await deps.fleet.marketMs());
      return { body };
    },
  });
}
