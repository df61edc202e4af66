import { SignalError } from '@signal/contracts';
import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';

const migrationsFolder = fileURLToPath(new URL('../../migrations', import.meta.url));
const CONNECT_TIMEOUT_MS = 5000;
/** A migration may rewrite a table, so that it gets more time than a query. */
const STATEMENT_TIMEOUT_MS = 120_000;

const silent = (): void => undefined;

/**
 * Brings a database up to the newest schema in one transaction. Callers that do it at once wait for each other on an
 * advisory lock, and a database that is current already is left as it is. Returns the names of the migrations it ran.
 */
export async function migrate(url: string): Promise<readonly string[]> {
  try {
    const done = await runner({
      databaseUrl: { connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS, statement_timeout: STATEMENT_TIMEOUT_MS },
      dir: migrationsFolder,
      direction: 'up',
      migrationsTable: 'migrations',
      advisoryLockMode: 'wait',
      checkOrder: true,
      logger: { debug: silent, info: silent, warn: silent, error: silent },
    });
    return done.map((migration) => migration.name);
  } catch (cause) {
    const { hostname, port, pathname } = new URL(url);
    throw new SignalError(
      'backend_failed',
      `the schema of postgres at ${hostname}:${port}${pathname} could not be brought up to date: ${String(cause)}`,
      { cause },
    );
  }
}
