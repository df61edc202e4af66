import { isSignalError, SignalError } from '@signal/contracts';

const missing = new Set(['NoSuchKey', 'NotFound']);

const codeOf = (error: unknown): string => (typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '');

/** Returns what a caught error of the object store means: `object_missing`, or `object_store_failed`, which counts against the breaker. */
export function objectStoreError(error: unknown, what: string): SignalError {
  if (isSignalError(error)) return error;
  const code = codeOf(error);
  if (missing.has(code)) return new SignalError('object_missing', `${what}: there is no such object`, { cause: error });
  const message = error instanceof Error ? error.message : String(error);
  return new SignalError('object_store_failed', `${what}: ${message}${code === '' ? '' : ` (${code})`}`, { cause: error });
}
