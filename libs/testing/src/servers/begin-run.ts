import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const STOP_WITHIN_MS = 10_000;
const POLL_MS = 20;

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** Makes the folder that all processes of one run share and names it in the environment; servers of the run are started by the first who asks. */
export function beginRun(): void {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'signal-tests-'));
  // The unprivileged user that Postgres runs as must be able to enter.
  fs.chmodSync(folder, 0o755);
  process.env['SIGNAL_TEST_RUN_FOLDER'] = folder;
}

/** Ends the run's Postgres, whose process id stands in `postgres.json`, and removes the run's folder. */
export async function endRun(): Promise<void> {
  const folder = process.env['SIGNAL_TEST_RUN_FOLDER'];
  if (folder === undefined) return;
  const file = path.join(folder, 'postgres.json');
  if (fs.existsSync(file)) {
    const { pid } = JSON.parse(fs.readFileSync(file, 'utf8')) as { pid: number };
    // SIGQUIT = immediate shutdown: its data are thrown away.
    if (isAlive(pid)) process.kill(pid, 'SIGQUIT');
    const givesUpAt = Date.now() + STOP_WITHIN_MS;
    while (isAlive(pid) && Date.now() < givesUpAt) await wait(POLL_MS);
  }
  fs.rmSync(folder, { recursive: true, force: true });
  delete process.env['SIGNAL_TEST_RUN_FOLDER'];
}
