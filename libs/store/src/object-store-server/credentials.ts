import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** What opens an embedded object store. */
export type Credentials = Readonly<{ accessKey: string; secretKey: string }>;

/** Returns the credentials of a data directory; the first time it makes them, readable by the owner alone. */
export async function keptCredentials(dataDir: string): Promise<Credentials> {
  const file = path.join(dataDir, 'credentials.json');
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const made = { accessKey: `signal${randomBytes(4).toString('hex')}`, secretKey: randomBytes(24).toString('hex') };
  try {
    await writeFile(file, JSON.stringify(made), { mode: 0o600, flag: 'wx' });
    return made;
  } catch {
    return JSON.parse(await readFile(file, 'utf8')) as Credentials;
  }
}
