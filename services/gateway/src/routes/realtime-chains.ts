import { type ChainBody, queries, SignalError, signalKey } from '@signal/contracts';
import { requireEntitlement } from '../auth/entitlements.ts';
import { selectStrikes, strikesRound } from '../data/chain-selection.ts';
import { knownInstrument, partitionFor } from '../data/instruments.ts';
import { readPairs } from '../data/latest-source.ts';
import { nearestExpiry, readHeads } from '../data/slices.ts';
import type { GatewayDeps } from '../deps.ts';
import { callerOf, defineRoute, type Route } from '../http/route.ts';

/** Returns the route of one expiry's chain: the nearest unexpired one unless another is named. */
export function realtimeChainsRoute(deps: GatewayDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v2/realtime/chains/{underlying}',
    id: 'getRealtimeChain',
    summary: 'The option chain of one expiry',
    access: 'read',
    query: queries.chain,
    response: 'RealtimeChain',
    errors: ['instrument_invalid', 'instrument_unknown', 'not_found', 'entitlement_missing'],
    async handle(request) {
      const count = strikesRound(request.query.strikes);
      const instrument = await knownInstrument(deps, request.params['underlying'] ?? '');
      requireEntitlement(callerOf(request), { instrument, greeks: true });
      const partition = partitionFor(instrument, deps.partitions);
      const expiry = request.query.expiry ?? nearestExpiry(await readHeads(deps.latest, { partition, underlying: instrument.id }));
      if (expiry === undefined) throw new SignalError('not_found', `${instrument.id} has no option chain`);
      const key = signalKey({ instrument: instrument.id, expression: 'chain', expiry });
      const [pair] = await readPairs(deps.latest, 'chains', { partition, keys: [key] });
      const signal = pair?.forming ?? pair?.closed;
      if (signal === undefined) throw new SignalError('not_found', `${instrument.id} has no chain that expires on ${expiry}`);
      return { body: selectStrikes(signal.data as unknown as ChainBody, count) };
    },
  });
}
