import type { LetterWatch } from '@signal/bus';

const CHECK_EVERY_MS = 10_000;

/** A watch at work between its start and its stop. */
export type RunningWatch = Readonly<{ start(): void; stop(): Promise<void> }>;

/** Checks the bound of the dead letters every ten seconds while it runs. */
export function watchLetters(watch: LetterWatch, onFailure: (error: unknown) => void): RunningWatch {
  let timer: NodeJS.Timeout | undefined;
  let checking = Promise.resolve();
  const check = (): void => {
    checking = watch
      .check()
      .catch(onFailure)
      .then(() => {
        timer = timer === undefined ? undefined : setTimeout(check, CHECK_EVERY_MS);
      });
  };
  return {
    start: () => {
      timer = setTimeout(check, 0);
    },
    stop: async () => {
      clearTimeout(timer);
      timer = undefined;
      await checking;
    },
  };
}
