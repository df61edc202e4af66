import type { Breakers, Logger } from '@signal/kernel';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { numberTypes } from './number-types.ts';
import { postgresError } from './postgres-error.ts';

/** Something that answers queries: the pool, or the one client of a transaction. */
export interface Queryable {
  query<Row extends pg.QueryResultRow = pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<pg.QueryResult<Row>>;
}

/** The client of one open transaction. It is valid only until the work given to `transaction` ends. */
export interface TransactionClient extends Queryable {
  /** The connection itself, for COPY. */
  readonly connection: pg.PoolClient;
}

/** A pool of connections to Postgres: every wait has a deadline, and a breaker stands round every call. */
export interface Postgres extends Queryable {
  /** Runs `work` between BEGIN and COMMIT, and returns its result; rolls back when it throws. */
  transaction<T>(work: (client: TransactionClient) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** `url`: `postgres://user:password@host:port/database?sslmode=require`; TLS as its `sslmode` says. Without `breakers` there is none. */
export type PostgresOptions = Readonly<{ url: string; log?: Logger; breakers?: Breakers; poolSize?: number }>;

const CONNECT_TIMEOUT_MS = 3000;
const LOCK_TIMEOUT_MS = 3000;
const STATEMENT_TIMEOUT_MS = 8000;
/** The client's own limit, for a server that stopped answering: above the server's, so that the server's word comes first. */
const QUERY_TIMEOUT_MS = 9000;
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 10_000;
const CALL_TIMEOUT_MS = 20_000;
const CLOSE_TIMEOUT_MS = 5000;
const DEFAULT_POOL_SIZE = 8;

type Call = (work: (signal: AbortSignal) => Promise<unknown>) => Promise<unknown>;

function createPool({ url, log, poolSize = DEFAULT_POOL_SIZE }: PostgresOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    types: numberTypes,
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    application_name: 'signal',
  });
  // An idle connection that breaks is dropped by the pool; the next call opens another.
  pool.on('error', (error) => log?.warn({ err: error }, 'an idle Postgres connection broke'));
  return pool;
}

async function rollback(client: pg.PoolClient): Promise<boolean> {
  try {
    await client.query('ROLLBACK');
    return true;
  } catch {
    return false;
  }
}

const clientOf = (connection: pg.PoolClient): TransactionClient => ({
  connection,
  query: async <Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []) => {
    try {
      return await connection.query<Row>(text, [...values]);
    } catch (error) {
      throw postgresError(error, 'Postgres refused a statement of a transaction');
    }
  },
});

// Without a listener the end of a connection in use would end the process; the statement under way, or the next, says it instead.
const leaveToStatement = (): void => undefined;

async function runTransaction<T>(pool: pg.Pool, signal: AbortSignal, work: (client: TransactionClient) => Promise<T>): Promise<T> {
  const connection = await pool.connect();
  let isUsable = true;
  // A call that the breaker gave up must not hold its locks: ending the socket makes the server roll back.
  const destroy = (): void => {
    isUsable = false;
    void connection.end();
  };
  signal.addEventListener('abort', destroy, { once: true });
  connection.on('error', leaveToStatement);
  try {
    await connection.query('BEGIN');
    const result = await work(clientOf(connection));
    await connection.query('COMMIT');
    return result;
  } catch (error) {
    isUsable = isUsable && (await rollback(connection));
    throw error;
  } finally {
    signal.removeEventListener('abort', destroy);
    connection.removeListener('error', leaveToStatement);
    connection.release(!isUsable);
  }
}

const guardedBy = ({ breakers }: PostgresOptions): Call => {
  const breaker = breakers?.create({
    dependency: 'postgres',
    timeoutMs: CALL_TIMEOUT_MS,
    call: async (signal, work: (signal: AbortSignal) => Promise<unknown>) => {
      try {
        return await work(signal);
      } catch (error) {
        throw postgresError(error, 'Postgres failed');
      }
    },
  });
  if (breaker !== undefined) return (work) => breaker.fire(work);
  return async (work) => {
    try {
      return await work(new AbortController().signal);
    } catch (error) {
      throw postgresError(error, 'Postgres failed');
    }
  };
};

/** Returns a pool of connections to a Postgres server. It connects on the first call; the caller closes it. */
export function connectPostgres(options: PostgresOptions): Postgres {
  const pool = createPool(options);
  const call = guardedBy(options);
  return {
    query: async <Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []) =>
      (await call(() => pool.query<Row>(text, [...values]))) as pg.QueryResult<Row>,
    transaction: async <T>(work: (client: TransactionClient) => Promise<T>) => (await call((signal) => runTransaction(pool, signal, work))) as T,
    close: () => Promise.race([pool.end(), wait(CLOSE_TIMEOUT_MS, undefined, { ref: false })]),
  };
}
