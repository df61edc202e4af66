import { randomUUID } from 'node:crypto';
import { errorTable, isSignalError, type Problem, SignalError } from '@signal/contracts';
import type { Logger } from '@signal/kernel';
import type { ErrorRequestHandler, Request, Response } from 'express';

/** Returns the error handler that answers RFC 9457 problems and logs what was not the caller's fault. */
export function problemHandler(log: Logger): ErrorRequestHandler {
  // oxlint-disable-next-line eslint/max-params -- express knows an error handler by its four parameters
  return (error: unknown, request, response, next) => {
    if (response.headersSent) return next(error);
    const known = asSignalError(error);
    if (known.status >= 500) log.error({ err: error, path: request.path }, 'the request failed');
    sendProblem(request, response, known);
  };
}

function asSignalError(error: unknown): SignalError {
  if (isSignalError(error)) return error;
  const type = error instanceof Error && 'type' in error ? error.type : undefined;
  if (type === 'entity.parse.failed') return new SignalError('json_invalid', 'the body is not JSON', { cause: error });
  if (type === 'entity.too.large') return new SignalError('body_too_large', 'the body has more than 1 MiB', { cause: error });
  return new SignalError('unavailable', 'the settings could not be read or written', { cause: error });
}

function sendProblem(request: Request, response: Response, error: SignalError): void {
  const { status, title } = errorTable[error.code];
  if (status === 401) response.set('WWW-Authenticate', 'Bearer');
  if (status === 503) response.set('Retry-After', '1');
  const body: Problem = {
    type: `urn:signal:problem:${error.code}`,
    title,
    status,
    detail: error.message,
    instance: request.path,
    code: error.code,
    requestId: randomUUID(),
    errors: [...error.errors],
  };
  response.status(status).type('application/problem+json').send(JSON.stringify(body));
}
