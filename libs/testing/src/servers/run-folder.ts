import { SignalError } from '@signal/contracts';
import { mkdtempSync } from 'node:fs';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const LOCK_WITHIN_MS = 60_000;
const POLL_MS = 20;

/** Returns the folder that all workers of this test run share; jest's global set-up makes it and the tear-down removes it. */
export function runFolder(): string {
  const folder = process.env['SIGNAL_TEST_RUN_FOLDER'];
  if (folder === undefined)
    throw new SignalError('setting_missing', 'SIGNAL_TEST_RUN_FOLDER is not set: servers for tests are started under jest only');
  return folder;
}

/** Returns a new folder inside the run's folder. */
export function newFolder(prefix: string): string {
  return mkdtempSync(path.join(runFolder(), `${prefix}-`));
}

const takeLock = async (folder: string): Promise<boolean> => {
  try {
    await mkdir(folder);
    return true;
  } catch {
    return false;
  }
};

/** Returns what `file` of the run's folder holds; the first worker that asks makes it, the others wait for it. */
export async function oncePerRun<T>(file: string, make: () => Promise<T>): Promise<T> {
  const target = path.join(runFolder(), file);
  const lock = `${target}.lock`;
  const givesUpAtMs = performance.now() + LOCK_WITHIN_MS;
  while (!(await takeLock(lock))) {
    if (performance.now() > givesUpAtMs)
      throw new SignalError('deadline_exceeded', `${file} was not made by another worker within ${LOCK_WITHIN_MS} ms`);
    await wait(POLL_MS);
  }
  try {
    const made = await stat(target).then(
      () => true,
      () => false,
    );
    if (!made) await writeFile(target, JSON.stringify(await make()));
    return JSON.parse(await readFile(target, 'utf8')) as T;
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}
