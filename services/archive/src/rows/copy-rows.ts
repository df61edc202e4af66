import { isSignalError } from '@signal/contracts';
import { copy, type CopyTarget, type TransactionClient } from '@signal/store';
import type { Rejection, Row } from './signal-rows.ts';

async function tryCopy(client: TransactionClient, target: CopyTarget, rows: readonly Row[]): Promise<string | undefined> {
  await client.query('SAVEPOINT before_copy');
  try {
    await copy(
      client,
      target,
      rows.map((row) => row.values),
    );
    await client.query('RELEASE SAVEPOINT before_copy');
    return undefined;
  } catch (error) {
    if (!isSignalError(error, 'statement_refused', 'argument_invalid')) throw error;
    await client.query('ROLLBACK TO SAVEPOINT before_copy');
    return error.message;
  }
}

/** Copies rows in one go. If the table refuses them they are halved until the row at fault is alone; it is rejected and the others stay. */
export async function copyRows(client: TransactionClient, target: CopyTarget, rows: readonly Row[]): Promise<readonly Rejection[]> {
  if (rows.length === 0) return [];
  const refusal = await tryCopy(client, target, rows);
  if (refusal === undefined) return [];
  const [only] = rows;
  if (rows.length === 1 && only !== undefined) return [{ ...only.from, reason: refusal }];
  const middle = Math.ceil(rows.length / 2);
  const first = await copyRows(client, target, rows.slice(0, middle));
  return [...first, ...(await copyRows(client, target, rows.slice(middle)))];
}
