import { isSignalError, SignalError } from '@signal/contracts';

type HttpError = Readonly<{ type?: string; status?: number; message?: string }>;

/** Returns what Express or its body reader threw as an error of the table. */
export function fromExpress(error: unknown): SignalError {
  if (isSignalError(error)) return error;
  const { type, status, message } = error as HttpError;
  if (type === 'entity.too.large') return new SignalError('body_too_large', 'the body has more than 1048576 bytes', { cause: error });
  if (type === 'entity.parse.failed') return new SignalError('json_invalid', message ?? 'the body is not JSON', { cause: error });
  if (status === 415) return new SignalError('media_type_unsupported', message ?? 'the encoding is not supported', { cause: error });
  if (error instanceof URIError || status === 400)
    return new SignalError('path_invalid', message ?? 'the request cannot be read', {
      cause: error,
      errors: [{ pointer: 'path', detail: message ?? 'cannot be read' }],
    });
  return new SignalError('unavailable', 'the service cannot answer now', { cause: error });
}
