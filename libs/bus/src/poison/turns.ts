/** Runs one piece of work after the other. */
export type Turns = <T>(work: () => Promise<T>) => Promise<T>;

/** Returns turns that nobody has taken yet. Work that fails ends its turn. */
export function createTurns(): Turns {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
}
