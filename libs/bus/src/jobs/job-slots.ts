/** Room for running jobs, shared by the loops of a worker. */
export interface JobSlots {
  /** Takes all that is free, waiting for one; 0 once closed. */
  reserve(): Promise<number>;
  release(count: number): void;
  close(): void;
}

/** Returns `count` free slots. Who waits is served in the order of asking. */
export function createJobSlots(count: number): JobSlots {
  let free = count;
  let closed = false;
  const waiting: ((reserved: number) => void)[] = [];
  const serve = (): void => {
    if (free === 0) return;
    const first = waiting.shift();
    if (first === undefined) return;
    const reserved = free;
    free = 0;
    first(reserved);
  };
  return {
    reserve: async () => {
      if (closed) return 0;
      const { promise, resolve } = Promise.withResolvers<number>();
      waiting.push(resolve);
      serve();
      return promise;
    },
    release: (released) => {
      free += released;
      serve();
    },
    close: () => {
      closed = true;
      for (const resolve of waiting.splice(0)) resolve(0);
    },
  };
}
