/** Runs one thing again and again, never twice at once. */
export interface Ticker {
  /** Resolves after the first run. */
  start(): Promise<void>;
  /** Runs again at once, or right after the run in hand. */
  soon(): void;
  /** Ends it and waits for the run in hand. */
  stop(): Promise<void>;
}

/** What to run, and how often; `run` may ask to be called sooner by returning a number of milliseconds. It does not throw. */
export type TickerOptions = Readonly<{ everyMs: number; run(): Promise<number | undefined> }>;

/** Returns a ticker at rest. */
export function createTicker({ everyMs, run }: TickerOptions): Ticker {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let again = false;
  let stopped = false;

  const schedule = (inMs: number): void => {
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(tick, inMs);
  };
  const once = async (): Promise<void> => {
    const soonerInMs = await run();
    running = undefined;
    schedule(again ? 0 : Math.min(everyMs, soonerInMs ?? everyMs));
  };
  function tick(): void {
    again = false;
    running ??= once();
  }
  return {
    start: async () => {
      tick();
      await running;
    },
    soon: () => {
      if (running === undefined) schedule(0);
      else again = true;
    },
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
