import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Makes the folder that all workers of one run share; servers of the run (Postgres) are started by the first test that asks. */
export default function setUp() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'signal-tests-'));
  // The unprivileged user that Postgres runs as must be able to enter.
  fs.chmodSync(folder, 0o755);
  process.env.SIGNAL_TEST_RUN_FOLDER = folder;
}
