import { setTimeout as wait } from 'node:timers/promises';
import { SignalError } from '@signal/contracts';

/** How long to wait for a condition, and what to call it when it does not come. */
export type UntilOptions = Readonly<{ withinMs: number; what: string; everyMs?: number; signal?: AbortSignal | undefined }>;

/** Resolves once `holds` answers true; throws `deadline_exceeded` after `withinMs`, or at once when the signal aborts. */
export async function until(holds: () => Promise<boolean>, options: UntilOptions): Promise<void> {
  const deadlineMs = performance.now() + options.withinMs;
  while (!(await holds())) {
    options.signal?.throwIfAborted();
    if (performance.now() > deadlineMs)
      throw new SignalError('deadline_exceeded', `${options.what} did not come within ${options.withinMs / 1000} s`);
    await wait(options.everyMs ?? 50);
  }
}
