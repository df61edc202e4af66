import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../process/until.ts';
import { readJson, writePrivateJson } from './private-json.ts';

/** A backend process: its id, and a text that its command line holds, so that another process with the same id is left alone. */
export type BackendProcess = Readonly<{ name: string; pid: number; holds: string }>;

const fileIn = (folder: string): string => join(folder, 'backends.json');
const STOP_TIMEOUT_MS = 15_000;

/** Notes the backend processes of this start. */
export function noteBackends(folder: string, backends: readonly BackendProcess[]): void {
  writePrivateJson(fileIn(folder), backends);
}

/** Ends backends that a launcher left behind when it was killed; they hold the files that this start needs. Returns their names. */
export async function endLeftBehind(folder: string): Promise<readonly string[]> {
  const noted = (readJson(fileIn(folder)) ?? []) as readonly BackendProcess[];
  const left = noted.filter((backend) => commandOf(backend.pid)?.includes(backend.holds) === true);
  for (const backend of left) signal(backend, 'SIGTERM', 'SIGINT');
  for (const backend of left) {
    const gone = async (): Promise<boolean> => commandOf(backend.pid)?.includes(backend.holds) !== true;
    await until(gone, { withinMs: STOP_TIMEOUT_MS, what: `the end of ${backend.name} (process ${backend.pid}), left behind by an earlier start,` });
  }
  return left.map((backend) => backend.name);
}

/** Postgres waits for its clients on SIGTERM, and does not on SIGINT. */
function signal(backend: BackendProcess, usual: NodeJS.Signals, postgres: NodeJS.Signals): void {
  process.kill(backend.pid, backend.name === 'postgres' ? postgres : usual);
}

function commandOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return undefined;
  }
}
