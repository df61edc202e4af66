import { SignalError } from '@signal/contracts';
import type { Logger } from '@signal/kernel';
import express, { type Express, type RequestHandler } from 'express';
import { onGetSettings } from '../handlers/on-get-settings.ts';
import { onHistory } from '../handlers/on-history.ts';
import { onPutSettings } from '../handlers/on-put-settings.ts';
import { onRollback } from '../handlers/on-rollback.ts';
import type { SettingsStore } from '../settings/settings-store.ts';
import { authorize } from './authorize.ts';
import { problemHandler } from './problem.ts';

/** The HTTP app, and what lets the long-polls go at a stop. */
export type ConfigApp = Readonly<{ app: Express; releaseAll(): void }>;

/** Returns the config service's routes. */
export function createApp(deps: Readonly<{ store: SettingsStore; apiKey: string; log: Logger }>): ConfigApp {
  const app = express();
  const read = onGetSettings(deps);
  app.disable('x-powered-by');
  app.disable('etag');
  app.get('/livez', (_request, response) => void response.json({ status: 'pass' }));
  app.use(authorize(deps.apiKey));
  app.use(requireJson, express.json({ limit: '1mb' }));
  app.route('/v1/settings').get(read.handle).put(onPutSettings(deps)).all(notAllowed('GET, PUT'));
  app.route('/v1/rollback').post(onRollback(deps)).all(notAllowed('POST'));
  app.route('/v1/history').get(onHistory(deps)).all(notAllowed('GET'));
  app.use((request) => {
    throw new SignalError('not_found', `there is nothing at ${request.path}`);
  });
  app.use(problemHandler(deps.log));
  return { app, releaseAll: read.releaseAll };
}

const requireJson: RequestHandler = (request, _response, next) => {
  const hasBody = request.method === 'PUT' || request.method === 'POST';
  if (hasBody && request.is('application/json') === false) throw new SignalError('media_type_unsupported', 'the body must be application/json');
  next();
};

function notAllowed(allow: string): RequestHandler {
  return (request, response) => {
    response.set('Allow', allow);
    throw new SignalError('method_not_allowed', `${request.method} is not allowed here, ${allow} is`);
  };
}
