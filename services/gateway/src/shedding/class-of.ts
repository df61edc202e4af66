import { SignalError } from '@signal/contracts';
import { priorities, type Priority, QUEUE_MS } from './admission.ts';

/** The header by which a client lowers the class of its own request. */
export const PRIORITY_HEADER = 'X-Priority';

/** Classes by the beginning of a path; what is not named is `realtime`. The newest bar and pushed prices are what final bars come of. */
const byPath: readonly (readonly [prefix: string, priority: Priority])[] = [
  ['/health', 'critical'],
  ['/api/v2/admin/', 'critical'],
  ['/api/v2/alerts', 'critical'],
  ['/api/v2/realtime/bars/', 'critical'],
  ['/api/v2/realtime/ticks', 'critical'],
  ['/api/v2/historical/', 'historical'],
  ['/api/v2/batch/', 'batch'],
];

/** An orchestrator that got no answer from these would kill a process that is only busy; they cost nothing. */
const exempt = new Set(['/livez', '/readyz', '/startupz']);

/** Returns the class of a route, undefined for the probes, which are always answered. */
export function classOfPath(path: string): Priority | undefined {
  if (exempt.has(path)) return undefined;
  return byPath.find(([prefix]) => path.startsWith(prefix))?.[1] ?? 'realtime';
}

/** Returns the class of a request: the route's, or a lower one that the client asks for by `X-Priority`. Throws `header_invalid`. */
export function classOf(route: Priority, header: string | undefined): Priority {
  if (header === undefined) return route;
  const asked = priorities.find((priority) => priority === header);
  if (asked === undefined)
    throw new SignalError('header_invalid', `${PRIORITY_HEADER} is "${header.slice(0, 40)}", and must be one of ${priorities.join(', ')}`);
  return priorities.indexOf(asked) > priorities.indexOf(route) ? asked : route;
}

/** What is critical is better late than refused, above all when the process itself was held up; a realtime answer that is late is worthless. */
const queueMsOf = { critical: 1_000, realtime: QUEUE_MS, historical: 2_000, batch: 5_000 } as const satisfies Record<Priority, number>;

/** Returns how long a request of a class may wait for its start. */
export function queueDeadlineMs(priority: Priority): number {
  return queueMsOf[priority];
}
