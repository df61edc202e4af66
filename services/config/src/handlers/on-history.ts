import type { RequestHandler } from 'express';
import { noQuery, parseAs } from '../http/parse.ts';
import type { SettingsStore } from '../settings/settings-store.ts';

/** Returns the handler of `GET /v1/history`: versions, newest first, with the names that changed and never a value. */
export function onHistory(deps: Readonly<{ store: SettingsStore }>): RequestHandler {
  return (request, response) => {
    parseAs(noQuery, request.query, 'query_invalid');
    response.json({ data: deps.store.history(), page: { nextCursor: null, hasMore: false } });
  };
}
