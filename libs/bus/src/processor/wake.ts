/** Lets a loop sleep until somebody has something for it. */
export interface Wake {
  /** Ends the sleep in hand, or the next one. */
  now(): void;
  /** Resolves when woken, at the latest after `atMostMs`. */
  sleep(atMostMs: number): Promise<void>;
}

/** Returns a wake for one sleeper. */
export function createWake(): Wake {
  let woken = false;
  let end: (() => void) | undefined;
  return {
    now: () => {
      woken = true;
      end?.();
    },
    sleep: async (atMostMs) => {
      if (!woken) {
        const { promise, resolve } = Promise.withResolvers<void>();
        end = resolve;
        const timer = setTimeout(resolve, atMostMs);
        await promise;
        clearTimeout(timer);
        end = undefined;
      }
      woken = false;
    },
  };
}
