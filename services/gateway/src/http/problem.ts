import { errorTable, isSignalError, type ErrorCode, type ErrorDetail, type Problem, SignalError } from '@signal/contracts';
import type { Response } from 'express';
import type { z } from 'zod';

/** Seconds after which a 503 or 429 invites to try again. */
const RETRY_AFTER_S = '1';

// Codes that end in a log or a dead letter: at the edge they are the service's failure, not the caller's.
const internal = new Set<ErrorCode>(['argument_invalid', 'schema', 'usage', 'already_past', 'setting_invalid', 'setting_missing']);

/** Returns the error as one that the edge may show: anything not meant for callers becomes `unavailable`. */
export function atTheEdge(error: unknown): SignalError {
  if (isSignalError(error) && !internal.has(error.code)) return error;
  return new SignalError('unavailable', 'the service cannot answer now', { cause: error });
}

/** Returns the problem details of an error. */
export function problemOf(error: SignalError, about: Readonly<{ instance: string; requestId: string }>): Problem {
  const row = errorTable[error.code];
  return {
    type: `urn:signal:problem:${error.code}`,
    title: row.title,
    status: row.status,
    detail: error.message,
    instance: about.instance,
    code: error.code,
    requestId: about.requestId,
    errors: [...error.errors],
  };
}

/** Returns the error with the place of the request that it is about, unless it names one. */
export function pointedTo(error: SignalError, pointer: string): SignalError {
  if (error.errors.length > 0) return error;
  return new SignalError(error.code, error.message, { cause: error.cause, errors: [{ pointer, detail: error.message }] });
}

/** Returns the headers that a status asks for. */
export function headersOf(error: SignalError): Readonly<Record<string, string>> {
  if (error.status === 401) return { 'WWW-Authenticate': 'Bearer' };
  return error.status === 429 || error.status === 503 ? { 'Retry-After': RETRY_AFTER_S } : {};
}

/** Answers with problem details. */
export function sendProblem(response: Response, error: SignalError, instance: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const requestId = String(response.locals['requestId'] ?? '');
  response
    .status(error.status)
    .set(headersOf(error))
    .type('application/problem+json')
    .send(JSON.stringify(problemOf(error, { instance, requestId })));
}

/** Returns the problems that a schema found, each with a pointer: a parameter's name, or a JSON pointer into the body. */
export function detailsOf(error: z.ZodError, style: 'parameter' | 'pointer'): readonly ErrorDetail[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.map(String);
    const names = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...path, key]) : [path];
    return names.map((name) => ({
      pointer: style === 'parameter' ? name.join('.') : name.map((step) => `/${step}`).join(''),
      detail: issue.message,
    }));
  });
}
