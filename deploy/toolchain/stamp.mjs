// A stamp says what an install was made from. Equal stamp = nothing to install.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/** Returns one hash over the names and contents of files; a file that is not there counts as such. */
export function hashFiles(files) {
  const hash = createHash('sha256');
  for (const file of files)
    hash
      .update(`${file}\0`)
      .update(fs.existsSync(file) ? fs.readFileSync(file) : 'absent')
      .update('\0');
  return hash.digest('hex');
}

/** Tells whether the stamp stands and holds `value`. */
export function isStamped(stampFile, value) {
  return fs.existsSync(stampFile) && fs.readFileSync(stampFile, 'utf8') === value;
}

/** Writes a stamp so that a reader sees all of it or none. */
export function writeStamp(stampFile, value) {
  fs.mkdirSync(path.dirname(stampFile), { recursive: true });
  fs.writeFileSync(`${stampFile}.${process.pid}`, value);
  fs.renameSync(`${stampFile}.${process.pid}`, stampFile);
}
