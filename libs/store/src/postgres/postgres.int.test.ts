import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isSignalError, SignalError } from '@signal/contracts';
import { type Breakers, createBreakers, createLogger, createMetrics } from '@signal/kernel';
import { type TestDatabase, testDatabase } from '@signal/testing';
import { copy } from './copy.ts';
import { migrate } from './migrate.ts';
import { connectPostgres, type Postgres } from './postgres.ts';

const segmentColumns = ['partition', 'hour_ms', 'from_n', 'to_n', 'object_key', 'sha256', 'bytes', 'entries'];
const segmentRow = (fromN: number): (string | number)[] => [3, 3_600_000, fromN, fromN + 9, `market/3/x-${fromN}`, 'ab', 100, 10];

describe('postgres', () => {
  let database: TestDatabase;
  let postgres: Postgres;

  const doubles = async (values: readonly number[]): Promise<readonly number[]> => {
    await postgres.query('CREATE TABLE IF NOT EXISTS doubles (at integer, value double precision)');
    await postgres.query('TRUNCATE doubles');
    const rows = values.map((value, at) => [at, value]);
    await postgres.transaction((client) => copy(client, { table: 'doubles', columns: ['at', 'value'] }, rows));
    const stored = await postgres.query<{ value: number }>('SELECT value FROM doubles ORDER BY at');
    return stored.rows.map((row) => row.value);
  };
  const countSegments = async (): Promise<number> => Number((await postgres.query('SELECT count(*)::int AS count FROM segments')).rows[0]?.['count']);

  beforeAll(async () => {
    database = await testDatabase();
    postgres = connectPostgres({ url: database.url });
  });
  afterAll(async () => {
    await postgres.close();
    await database.drop();
  });

  it('leaves a current schema as it is when several migrate at once', async () => {
    expect(await Promise.all([migrate(database.url), migrate(database.url)])).toEqual([[], []]);
  });

  it('gives doubles back bit for bit', async () => {
    const values = [0.1, -0, 0, 1 / 3, 5e-324, 1.7976931348623157e308, 2 ** 53 - 1, -1e-7, 4321.123456789012, Number.NaN, Infinity, -Infinity];
    const stored = await doubles(values);
    expect(stored.map((value) => Buffer.from(new Float64Array([value]).buffer).toString('hex'))).toEqual(
      values.map((value) => Buffer.from(new Float64Array([value]).buffer).toString('hex')),
    );
  });

  it('copies text with every character that COPY gives a meaning', async () => {
    const text = "tab\t newline\n return\r backslash\\ end\\. null\\N quote' unicode é😀";
    await postgres.query('CREATE TABLE texts (value text, data jsonb, missing text)');
    await postgres.transaction((client) => copy(client, { table: 'texts', columns: ['value', 'data', 'missing'] }, [[text, { text }, null]]));
    expect((await postgres.query('SELECT * FROM texts')).rows).toEqual([{ value: text, data: { text }, missing: null }]);
  });

  it('reads bigint as a number', async () => {
    expect((await postgres.query('SELECT 1546300800000::bigint AS ms')).rows).toEqual([{ ms: 1_546_300_800_000 }]);
  });

  it('stores all of a transaction or nothing', async () => {
    const failing = postgres.transaction(async (client) => {
      await copy(client, { table: 'segments', columns: segmentColumns }, [segmentRow(1), segmentRow(11)]);
      throw new SignalError('fenced', 'partition 3 belongs to another');
    });
    await expect(failing).rejects.toMatchObject({ code: 'fenced' });
    expect(await countSegments()).toBe(0);
  });

  it('refuses a duplicate key as a statement that cannot succeed', async () => {
    const twice = postgres.transaction((client) => copy(client, { table: 'segments', columns: segmentColumns }, [segmentRow(1), segmentRow(1)]));
    await expect(twice).rejects.toMatchObject({ code: 'statement_refused', retriable: false });
    expect(await countSegments()).toBe(0);
  });

  it('goes on after a failed COPY', async () => {
    await postgres.transaction((client) => copy(client, { table: 'segments', columns: segmentColumns }, [segmentRow(1)]));
    expect(await countSegments()).toBe(1);
  });

  it('says postgres_failed when nobody listens', async () => {
    const nobody = connectPostgres({ url: 'postgres://signal@127.0.0.1:1/none' });
    await expect(nobody.query('SELECT 1')).rejects.toMatchObject({ code: 'postgres_failed', retriable: true });
    await nobody.close();
  });

  it('ends a statement that waits for a lock', async () => {
    await postgres.transaction(async (client) => {
      await client.query('LOCK TABLE gaps IN ACCESS EXCLUSIVE MODE');
      await expect(postgres.query('SELECT * FROM gaps')).rejects.toMatchObject({ code: 'deadline_exceeded' });
    });
  });

  it('takes back what a connection did that died before COMMIT', async () => {
    const killed = postgres.transaction(async (client) => {
      await copy(client, { table: 'segments', columns: segmentColumns }, [segmentRow(21)]);
      const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      await postgres.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
    });
    await expect(killed).rejects.toMatchObject({ code: 'postgres_failed' });
    expect(await countSegments()).toBe(1);
  });

  const breakers = (): Breakers => {
    const log = createLogger({ service: 'store', member: 'test', level: 'silent' });
    return createBreakers({ log, metrics: createMetrics({ service: 'store', member: 'test' }) });
  };

  it('is not called any more once it failed ten times', async () => {
    const all = breakers();
    const nobody = connectPostgres({ url: 'postgres://signal@127.0.0.1:1/none', breakers: all });
    const codes: string[] = [];
    for (let at = 0; at < 12; at += 1)
      await nobody.query('SELECT 1').catch((error: unknown) => codes.push(isSignalError(error) ? error.code : String(error)));
    expect(codes.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 'postgres_failed'));
    expect(codes.at(-1)).toBe('circuit_open');
    await nobody.close();
    all.close();
  });

  it('is still called after statements that it refused', async () => {
    const all = breakers();
    const guarded = connectPostgres({ url: database.url, breakers: all });
    for (let at = 0; at < 12; at += 1)
      await expect(guarded.query('SELECT nothing FROM nowhere')).rejects.toMatchObject({ code: 'statement_refused' });
    expect((await guarded.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await guarded.close();
    all.close();
  });
});
