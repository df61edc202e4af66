// One installer at a time: a lock file that holds its owner's process id.
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Failure, say } from './failure.mjs';
import { rootFolder } from './paths.mjs';

const WAIT_MS = 600_000;
const POLL_MS = 200;

const isAlive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
};

const tryTake = (file) => {
  try {
    fs.writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw new Failure(`${file} cannot be written: ${error.message}`);
  }
};

const ownerOf = (file) => {
  try {
    return Number(fs.readFileSync(file, 'utf8'));
  } catch {
    return 0;
  }
};

/** Runs `work` while this process holds the lock; waits up to ten minutes for another that does. A dead owner's lock is taken over. */
export async function withLock(work) {
  const file = path.join(rootFolder, '.cache/toolchain.lock');
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const givesUpAt = Date.now() + WAIT_MS;
  for (let isSaid = false; !tryTake(file); isSaid = true) {
    const owner = ownerOf(file);
    if (owner > 0 && !isAlive(owner)) {
      fs.rmSync(file, { force: true });
      continue;
    }
    if (!isSaid) say(`waiting for process ${owner}, which is installing`);
    if (Date.now() > givesUpAt) throw new Failure(`process ${owner} has held ${file} for ten minutes; end it or remove the file`);
    await wait(POLL_MS);
  }
  try {
    return await work();
  } finally {
    fs.rmSync(file, { force: true });
  }
}
