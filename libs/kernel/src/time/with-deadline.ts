import { SignalError } from '@signal/contracts';

/** Returns what `promise` resolves to, or throws `deadline_exceeded` naming `what` after `timeoutMs`. The promise itself goes on: pass it an abort signal where it takes one. */
export async function withDeadline<T>(promise: Promise<T>, timeoutMs: number, what: string): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new SignalError('deadline_exceeded', `${what} took longer than ${timeoutMs} ms`)), timeoutMs);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
