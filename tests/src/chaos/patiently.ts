import { setTimeout as wait } from 'node:timers/promises';

const FOR_MS = 60_000;
const PAUSE_MS = 50;

/** Asks again until there is an answer: Redis may be away because this harness killed it. Throws the last failure after a minute. */
export async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (const givesUpAtMs = performance.now() + FOR_MS; ; await wait(PAUSE_MS)) {
    try {
      return await ask();
    } catch (error) {
      if (performance.now() > givesUpAtMs) throw error;
    }
  }
}
