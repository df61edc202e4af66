/** Says what a start is doing: one line a step, with the seconds since it began. */
export type Say = (line: string) => void;

/** Returns a progress printer that writes to stderr; stdout carries the READY line alone. */
export function createProgress(startedMs: number): Say {
  return (line) => void process.stderr.write(`[${((performance.now() - startedMs) / 1000).toFixed(1).padStart(5)} s] ${line}\n`);
}
