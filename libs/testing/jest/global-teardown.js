import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const STOP_WITHIN_MS = 10_000;
const POLL_MS = 20;

const isAlive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** Ends the run's Postgres, whose process id stands in `postgres.json`, and removes the run's folder. */
export default async function tearDown() {
  const folder = process.env.SIGNAL_TEST_RUN_FOLDER;
  const file = path.join(folder, 'postgres.json');
  if (fs.existsSync(file)) {
    const { pid } = JSON.parse(fs.readFileSync(file, 'utf8'));
    // SIGQUIT = immediate shutdown: its data are thrown away.
    if (isAlive(pid)) process.kill(pid, 'SIGQUIT');
    const givesUpAt = Date.now() + STOP_WITHIN_MS;
    while (isAlive(pid) && Date.now() < givesUpAt) await wait(POLL_MS);
  }
  fs.rmSync(folder, { recursive: true, force: true });
}
