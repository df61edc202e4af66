import { queries } from '@signal/contracts';
import type { GatewayDeps } from '../deps.ts';
import { type ApiReply, defineRoute, type Route } from '../http/route.ts';

const reply = (reason: string | undefined): ApiReply =>
  reason === undefined ? { body: { status: 'pass' } } : { status: 503, headers: { 'Retry-After': '1' }, body: { status: 'fail', detail: reason } };

/** Returns the probes of an orchestrator: alive, ready for requests, started once. */
export function probeRoutes(deps: GatewayDeps): readonly Route[] {
  const probe = (named: Readonly<{ path: string; id: string; summary: string }>, reason: () => string | undefined): Route =>
    defineRoute({ ...named, method: 'get', access: 'public', query: queries.none, response: 'Probe', errors: [], handle: () => reply(reason()) });
  return [
    probe({ path: '/livez', id: 'getLivez', summary: 'Whether the process is alive' }, () => undefined),
    probe({ path: '/readyz', id: 'getReadyz', summary: 'Whether requests are welcome' }, deps.notReady),
    probe({ path: '/startupz', id: 'getStartupz', summary: 'Whether the start is done' }, () => undefined),
  ];
}
