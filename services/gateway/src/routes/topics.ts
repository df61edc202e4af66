import { parseInstrument, publicTopics, queries, SLOTS, slotOf } from '@signal/contracts';
import { mayRead } from '../auth/entitlements.ts';
import { listInstruments, partitionFor } from '../data/instruments.ts';
import type { GatewayDeps } from '../deps.ts';
import { callerOf, defineRoute, type Route } from '../http/route.ts';

/** Returns the route that says in which stream of Redis a reading stands. */
export function topicsRoute(deps: GatewayDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v2/topics',
    id: 'getTopics',
    summary: 'Keys of the topics and the partition of each instrument',
    access: 'read',
    query: queries.none,
    response: 'Topics',
    errors: [],
    async handle(request) {
      const caller = callerOf(request);
      const partitions = Array.from({ length: deps.partitions }, (_, partition) => partition);
      const topics = publicTopics.map((name) => ({ name, keys: partitions.map((partition) => deps.keys.topic(name, partition)) }));
      const known = (await listInstruments(deps)).map((id) => parseInstrument(id)).filter((instrument) => mayRead(caller, instrument));
      const instruments = known.map((instrument) => {
        const partition = partitionFor(instrument, deps.partitions);
        return { instrument: instrument.id, partition, slot: slotOf(partition) };
      });
      return { body: { partitions: deps.partitions, slots: SLOTS, hash: 'murmur3_x86_32', topics, instruments } };
    },
  });
}
