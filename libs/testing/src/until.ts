import { SignalError } from '@signal/contracts';
import { setTimeout as wait } from 'node:timers/promises';

/** How long a test waits at most unless it says otherwise. */
export const WITHIN_MS = 10_000;
const POLL_MS = 10;

/** What to wait for, in words, and for how long. */
export type UntilOptions = Readonly<{ what: string; withinMs?: number }>;

type Falsy = undefined | null | false | 0 | '';

/** Returns the first truthy value of `condition`, asked every 10 ms, or throws `deadline_exceeded` naming what did not come to pass. */
export async function until<T>(condition: () => T | Promise<T>, { what, withinMs = WITHIN_MS }: UntilOptions): Promise<Exclude<T, Falsy>> {
  const givesUpAtMs = performance.now() + withinMs;
  for (;;) {
    const value = await condition();
    if (value) return value as Exclude<T, Falsy>;
    if (performance.now() > givesUpAtMs) throw new SignalError('deadline_exceeded', `${what}: not within ${withinMs} ms`);
    await wait(POLL_MS);
  }
}
