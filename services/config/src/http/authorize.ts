import { SignalError } from '@signal/contracts';
import { secretsEqual } from '@signal/kernel';
import type { RequestHandler } from 'express';

/** Returns the guard of all routes but the probe: 401 without the key, or with a wrong one. */
export function authorize(apiKey: string): RequestHandler {
  return (request, _response, next) => {
    const header = request.headers.authorization;
    if (header === undefined) throw new SignalError('token_missing', 'the API key goes into Authorization: Bearer KEY');
    const given = /^Bearer (.+)$/i.exec(header)?.[1];
    if (given === undefined || !secretsEqual(given, apiKey))
      throw new SignalError('token_invalid', 'the API key is not the one of this config service');
    next();
  };
}
