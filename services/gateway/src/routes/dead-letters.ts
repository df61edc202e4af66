import { type KeptLetter, letterName, type LetterPlace, letterPlace, type MarkedLetter } from '@signal/bus';
import { queries, SignalError } from '@signal/contracts';
import { cursorScope } from '../data/cursor.ts';
import { letterBody } from '../data/letters.ts';
import { fleetServices } from '../data/redis-fleet.ts';
import type { GatewayDeps } from '../deps.ts';
import { type ApiRequest, callerOf, defineRoute, type Route } from '../http/route.ts';

const access = ['admin', 'operator'] as const;
const one = '/api/v2/admin/dead-letters/{id}';

const placeIn = (request: ApiRequest): LetterPlace => {
  const name = request.params['id'] ?? '';
  const place = letterPlace(name);
  if (place !== undefined && fleetServices.some((service) => service === place.service)) return place;
  throw new SignalError('not_found', `there is no dead letter ${name}`);
};

const readLetter = async (deps: GatewayDeps, request: ApiRequest): Promise<MarkedLetter> => {
  const place = placeIn(request);
  const letter = await deps.letters.read(place);
  if (letter === undefined) throw new SignalError('not_found', `there is no dead letter ${letterName(place)}`);
  return letter;
};

/** The topic of a filter is a key, like `market:{60}:54`, or the name in it. */
const isOfTopic = (letter: KeptLetter, topic: string): boolean =>
  letter.topic === topic || letter.topic.split(':{', 1)[0]?.split(':').at(-1) === topic;

const listRoute = (deps: GatewayDeps): Route =>
  defineRoute({
    method: 'get',
    path: '/api/v2/admin/dead-letters',
    id: 'listDeadLetters',
    summary: 'Records that services could not take, newest first',
    access,
    query: queries.deadLetters,
    response: 'DeadLetters',
    errors: ['cursor_invalid'],
    async handle(request) {
      const { service, topic, code, limit, cursor } = request.query;
      const bound = { user: callerOf(request).sub, query: cursorScope(request.url) };
      const page = await deps.letters.list({
        services: service === undefined ? fleetServices : [service],
        limit,
        after: cursor === undefined ? undefined : letterPlace(deps.cursors.openText(bound, cursor)),
        matches: (letter) => (code === undefined || letter.code === code) && (topic === undefined || isOfTopic(letter, topic)),
      });
      const nextCursor = page.next === undefined ? null : deps.cursors.signText(bound, letterName(page.next));
      return { body: { data: page.letters.map(letterBody), page: { nextCursor, hasMore: nextCursor !== null } } };
    },
  });

const replayRoute = (deps: GatewayDeps): Route =>
  defineRoute({
    method: 'post',
    path: `${one}/replay`,
    id: 'replayDeadLetter',
    summary: 'Put the record of a dead letter into the inbox again, as a new, late one',
    access,
    query: queries.none,
    response: 'DeadLetter',
    status: 202,
    errors: ['not_found', 'letter_replayed', 'letter_in_log', 'letter_not_replayable', 'feed_not_push', 'overloaded'],
    async handle(request) {
      const letter = await readLetter(deps, request);
      const kind = (letter.record as Readonly<{ kind?: unknown }> | null)?.kind;
      if ((kind === 'trade' || kind === 'quote') && letter.replayed === undefined && letter.service === 'ingest' && deps.feed() !== 'push')
        throw new SignalError('feed_not_push', `a ${kind} is taken from the inbox while the feed is push, and it is ${deps.feed()}`);
      const replayed = await deps.letters.replay(letter, callerOf(request).sub);
      return { status: 202, body: letterBody({ ...letter, replayed }) };
    },
  });

/** Returns the routes of dead letters: list, read, replay, discard. */
export function deadLetterRoutes(deps: GatewayDeps): readonly Route[] {
  const shared = { path: one, access, query: queries.none, errors: ['not_found'] } as const;
  return [
    listRoute(deps),
    defineRoute({
      ...shared,
      method: 'get',
      id: 'getDeadLetter',
      summary: 'One dead letter',
      response: 'DeadLetter',
      handle: async (request) => ({ body: letterBody(await readLetter(deps, request)) }),
    }),
    replayRoute(deps),
    defineRoute({
      ...shared,
      method: 'delete',
      id: 'discardDeadLetter',
      summary: 'Take a dead letter away',
      async handle(request) {
        const place = placeIn(request);
        if (await deps.letters.discard(place, callerOf(request).sub)) return { status: 204 };
        throw new SignalError('not_found', `there is no dead letter ${letterName(place)}`);
      },
    }),
  ];
}
