import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connectObjectStore } from '@signal/store';

/** The script, its version and the bars on which it runs. */
const SCRIPT = 'scr_ma-cross@1';
const BARS = 'INDEX:SPX|1m';

/** Puts a script's source into the object store under its hash and returns the setting DEFAULT_SCRIPTS that starts it. */
export async function storeExampleScript(s3Url: string, path: string): Promise<string> {
  const source = readFileSync(path);
  const sha256 = createHash('sha256').update(source).digest('hex');
  const store = connectObjectStore({ url: s3Url });
  try {
    await store.put(`scripts/${sha256}`, source);
  } finally {
    store.close();
  }
  return `${SCRIPT}|${sha256}|${BARS}`;
}
