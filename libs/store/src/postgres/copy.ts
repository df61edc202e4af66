import { SignalError } from '@signal/contracts';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import { copyRow, type CopyValue } from './copy-row.ts';
import type { TransactionClient } from './postgres.ts';
import { postgresError } from './postgres-error.ts';

const COPY_TIMEOUT_MS = 8000;
const NAME = /^[a-z_][a-z0-9_]*$/u;

const checked = (name: string): string => {
  if (NAME.test(name)) return name;
  throw new SignalError('argument_invalid', `"${name}" is not a name of a table or column: lower case, digits and _`);
};

const deadline = (signal: AbortSignal, table: string): SignalError | undefined =>
  signal.aborted ? new SignalError('deadline_exceeded', `COPY into ${table} took longer than ${COPY_TIMEOUT_MS} ms`) : undefined;

/** A table and the columns that the rows fill, in their order. */
export type CopyTarget = Readonly<{ table: string; columns: readonly string[] }>;

/** Adds rows to a table inside a transaction by COPY, and returns how many. A row that the table refuses fails the whole transaction. */
export async function copy(client: TransactionClient, { table, columns }: CopyTarget, rows: readonly (readonly CopyValue[])[]): Promise<number> {
  if (rows.length === 0) return 0;
  const lines = rows.map(copyRow);
  const stream = client.connection.query(copyFrom(`COPY ${checked(table)} (${columns.map(checked).join(', ')}) FROM STDIN`));
  const signal = AbortSignal.timeout(COPY_TIMEOUT_MS);
  try {
    await pipeline(Readable.from([lines.join('')]), stream, { signal });
  } catch (error) {
    throw deadline(signal, table) ?? postgresError(error, `COPY into ${table}`);
  }
  return rows.length;
}
