import type { RequestHandler } from 'express';
import { parseAs, rollbackBody, rollbackQuery } from '../http/parse.ts';
import type { SettingsStore } from '../settings/settings-store.ts';

/** Returns the handler of `POST /v1/rollback`: an earlier version's settings become the newest version. */
export function onRollback(deps: Readonly<{ store: SettingsStore }>): RequestHandler {
  return (request, response) => {
    const { environment } = parseAs(rollbackQuery, request.query, 'query_invalid');
    const { version } = parseAs(rollbackBody, request.body, 'body_invalid');
    response.json(deps.store.rollback({ version, environment }));
  };
}
