import { describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { testDatabase } from './postgres.ts';

const query = async (url: string, sql: string): Promise<readonly unknown[]> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
};

describe('testDatabase', () => {
  it('gives each file a migrated database of its own', async () => {
    const [one, other] = [await testDatabase(), await testDatabase()];
    await query(one.url, 'create table only_here (a int)');
    const tables = `select table_name from information_schema.tables where table_name in ('bars', 'only_here') order by 1`;
    expect(await query(one.url, tables)).toEqual([{ table_name: 'bars' }, { table_name: 'only_here' }]);
    expect(await query(other.url, tables)).toEqual([{ table_name: 'bars' }]);
    await one.drop();
    await expect(query(one.url, 'select 1')).rejects.toThrow('does not exist');
    await other.drop();
  }, 60_000);
});
