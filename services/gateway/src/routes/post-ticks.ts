import { queries, SignalError, tickBatch, type TickReceipt } from '@signal/contracts';
import { partitionFor } from '../data/instruments.ts';
import { tickOutcomes } from '../data/tick-records.ts';
import type { GatewayDeps } from '../deps.ts';
import { defineRoute, type Route } from '../http/route.ts';

/** Returns the route of the push feed. What is accepted is in the inbox when the answer leaves. */
export function postTicksRoute(deps: GatewayDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/api/v2/realtime/ticks',
    id: 'postTicks',
    summary: 'Push trades and quotes',
    access: ['feed'],
    query: queries.none,
    body: { name: 'TickBatch', schema: tickBatch },
    response: 'TickReceipt',
    status: 202,
    errors: ['feed_not_push'],
    async handle(request) {
      if (deps.feed() !== 'push') throw new SignalError('feed_not_push', `the feed is ${deps.feed()}, and must be push`);
      const outcomes = tickOutcomes(request.body, deps.clock.nowMs());
      const rejected: { index: number; code: TickReceipt['rejected'][number]['code'] }[] = [];
      const appended = outcomes.flatMap((outcome, index) => {
        if (!('reason' in outcome)) return [deps.inbox(partitionFor(outcome.instrument, deps.partitions), outcome.record)];
        rejected.push({ index, code: outcome.reason });
        return [];
      });
      await Promise.all(appended);
      const body: TickReceipt = { accepted: outcomes.length - rejected.length, rejected };
      return { status: 202, body };
    },
  });
}
