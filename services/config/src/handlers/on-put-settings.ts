import type { RequestHandler } from 'express';
import { changeBody, changeQuery, parseAs } from '../http/parse.ts';
import type { SettingsStore } from '../settings/settings-store.ts';

/** Returns the handler of `PUT /v1/settings`: merges the given names into those of the query's environment and service. */
export function onPutSettings(deps: Readonly<{ store: SettingsStore }>): RequestHandler {
  return (request, response) => {
    const { environment, service } = parseAs(changeQuery, request.query, 'query_invalid');
    const { settings, comment } = parseAs(changeBody, request.body, 'body_invalid');
    response.json(deps.store.change({ environment, service, settings, comment }));
  };
}
