import { isSignalError, SignalError } from '@signal/contracts';

/** SQLSTATE classes that speak of the server's health or of a passing conflict, not of the statement. */
const passingClasses = new Set(['08', '40', '53', '57', '58', 'XX']);
const TIMEOUTS = new Set(['57014', '55P03', '25P03', '25P04']);

const textOf = (error: unknown, key: string): string => {
  const value = typeof error === 'object' && error !== null ? (error as Record<string, unknown>)[key] : undefined;
  return typeof value === 'string' ? value : '';
};

/** Tells whether a caught value is an answer of the server, which carries a SQLSTATE, rather than a broken connection. */
function isServerAnswer(error: unknown): boolean {
  return /^[0-9A-Z]{5}$/u.test(textOf(error, 'code')) && textOf(error, 'severity') !== '';
}

/**
 * Returns what a caught error of Postgres means: `deadline_exceeded` for a timeout, `statement_refused` for a statement
 * that can never succeed, else `postgres_failed`, which counts against the breaker. Our own errors pass unchanged.
 */
export function postgresError(error: unknown, what: string): SignalError {
  if (isSignalError(error)) return error;
  const message = textOf(error, 'message');
  const state = textOf(error, 'code');
  if (isServerAnswer(error)) {
    if (TIMEOUTS.has(state)) return new SignalError('deadline_exceeded', `${what} took too long: ${message} (${state})`, { cause: error });
    const code = passingClasses.has(state.slice(0, 2)) ? 'postgres_failed' : 'statement_refused';
    return new SignalError(code, `${what}: ${message} (${state})`, { cause: error });
  }
  if (/timeout/iu.test(message)) return new SignalError('deadline_exceeded', `${what} took too long: ${message}`, { cause: error });
  return new SignalError('postgres_failed', `${what}: ${message === '' ? String(error) : message}`, { cause: error });
}
