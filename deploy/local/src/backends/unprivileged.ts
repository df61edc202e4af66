import { createHash } from 'node:crypto';
import { chownSync, cpSync, existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** The user ("nobody") that Postgres runs as when we are root, which it refuses to run as. */
const UNPRIVILEGED_UID = 65_534;
const OTHERS_MAY_ENTER = 0o001;

/** Returns the user to run Postgres as: `undefined` = our own. */
export function unprivilegedUid(): number | undefined {
  return process.getuid?.() === 0 ? UNPRIVILEGED_UID : undefined;
}

/** Tells whether any user may enter each existing folder on the way to a path. */
export function mayEnter(path: string): boolean {
  for (let at = path; at !== dirname(at); at = dirname(at)) {
    if (existsSync(at) && (statSync(at).mode & OTHERS_MAY_ENTER) === 0) return false;
  }
  return true;
}

/** Returns the folder of the system's temporary directory that stands for a path which the unprivileged user cannot enter. */
export function mirrorOf(path: string): string {
  return join(tmpdir(), `signal-${createHash('sha256').update(path).digest('hex').slice(0, 16)}`);
}

/** Returns a folder that the unprivileged user can write: `path` itself, or its mirror. Made and handed over if absent. */
export function openWritable(path: string, { fresh }: Readonly<{ fresh: boolean }>): string {
  const uid = unprivilegedUid();
  const folder = uid === undefined || mayEnter(dirname(path)) ? path : mirrorOf(path);
  if (fresh) rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (uid !== undefined) chownSync(folder, uid, uid);
  return folder;
}

/** Returns a folder of programs that the unprivileged user can enter: `path` itself, or a copy. */
export function openReadable(path: string): string {
  if (unprivilegedUid() === undefined || mayEnter(path)) return path;
  const copy = mirrorOf(path);
  if (!existsSync(copy)) {
    const partial = `${copy}.${process.pid}`;
    cpSync(path, partial, { recursive: true, verbatimSymlinks: true });
    cpSync(partial, copy, { recursive: true, verbatimSymlinks: true });
    rmSync(partial, { recursive: true, force: true });
  }
  return copy;
}
