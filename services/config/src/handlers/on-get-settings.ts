import { SignalError } from '@signal/contracts';
import type { RequestHandler, Response } from 'express';
import { parseAs, readQuery } from '../http/parse.ts';
import type { Answer, SettingsStore } from '../settings/settings-store.ts';

const MAX_WAITING = 1000;

/** A read handler that can let go of everybody who waits. */
export type ReadHandler = Readonly<{ handle: RequestHandler; releaseAll(): void }>;

/**
 * Returns the handler of `GET /v1/settings`: 200 with an ETag; with `If-None-Match` of the present settings 304, after `waitS` seconds
 * unless they change before.
 */
export function onGetSettings(deps: Readonly<{ store: SettingsStore }>): ReadHandler {
  const waiting = new Set<() => void>();
  const handle: RequestHandler = (request, response) => {
    const { environment, service, waitS } = parseAs(readQuery, request.query, 'query_invalid');
    const known = request.headers['if-none-match'];
    const now = deps.store.read(environment, service);
    if (known !== now.etag || waitS === 0) return answer(response, now, known);
    if (waiting.size >= MAX_WAITING) throw new SignalError('overloaded', `${waiting.size} callers wait for a change, and at most ${MAX_WAITING} may`);
    const finish = (): void => {
      clearTimeout(timer);
      removeListener();
      waiting.delete(finish);
      if (!response.destroyed) answer(response, deps.store.read(environment, service), known);
    };
    const timer = setTimeout(finish, waitS * 1000);
    const removeListener = deps.store.onChange(() => {
      if (deps.store.read(environment, service).etag !== known) finish();
    });
    waiting.add(finish);
    response.once('close', () => {
      clearTimeout(timer);
      removeListener();
      waiting.delete(finish);
    });
  };
  return {
    handle,
    releaseAll: () => {
      for (const finish of waiting) finish();
    },
  };
}

function answer(response: Response, now: Answer, known: string | undefined): void {
  response.set({ ETag: now.etag, 'Cache-Control': 'no-store' });
  if (known === now.etag) response.status(304).end();
  else response.json({ version: now.version, settings: now.settings });
}
