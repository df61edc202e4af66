import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { SignalError } from '@signal/contracts';
import { hasCode } from '@signal/kernel';

/** The folder in which a fleet keeps everything, held by one launcher at a time. */
export interface DataFolder {
  readonly path: string;
  readonly logs: string;
  release(): void;
}

const MARKER = 'fleet.json';
const LOCK = 'lock';

/** Takes the data folder, wiping it first if asked. Throws `backend_failed` when another launcher has it or it cannot be written. */
export function takeDataFolder(path: string, { fresh, pid }: Readonly<{ fresh: boolean; pid: number }>): DataFolder {
  const lock = join(path, LOCK);
  try {
    mkdirSync(path, { recursive: true });
    takeLock(lock, pid);
    if (fresh) wipe(path);
    mkdirSync(join(path, 'logs'), { recursive: true });
  } catch (cause) {
    if (holds(lock, pid)) rmSync(lock, { force: true });
    if (cause instanceof SignalError) throw cause;
    throw new SignalError('backend_failed', `the data directory ${path} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
  return { path, logs: join(path, 'logs'), release: () => rmSync(lock, { force: true }) };
}

/** Returns the path of the file that says what the fleet in a folder was started with. */
export function markerPath(folder: string): string {
  return join(folder, MARKER);
}

function takeLock(lock: string, pid: number): void {
  const holder = existsSync(lock) ? Number(readFileSync(lock, 'utf8')) : 0;
  if (holder !== 0 && holder !== pid && isLauncher(holder))
    throw new SignalError('backend_failed', `process ${holder} runs a fleet in this data directory: stop it, or choose another by --data`);
  rmSync(lock, { force: true });
  const file = openSync(lock, 'wx', 0o600);
  writeSync(file, String(pid));
  closeSync(file);
}

function holds(lock: string, pid: number): boolean {
  return existsSync(lock) && Number(readFileSync(lock, 'utf8')) === pid;
}

function isLauncher(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('deploy/local/');
  } catch {
    // No /proc on this system: a living process with that id counts as the launcher.
    return true;
  }
}

/** Removes what a fleet keeps; refuses a folder that holds something else, so that a wrong `--data` costs nothing. */
function wipe(path: string): void {
  const entries = readdirSync(path).filter((entry) => entry !== LOCK);
  const known = entries.length === 0 || entries.includes(MARKER) || entries.every((entry) => entry === 'logs');
  if (!known) throw new SignalError('backend_failed', `${path} holds no fleet (there is no ${MARKER} in it), so --fresh does not wipe it`);
  for (const entry of entries) rmSync(join(path, entry), { recursive: true, force: true });
}
