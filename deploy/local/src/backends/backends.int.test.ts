import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectObjectStore } from '@signal/store';
import { Redis } from 'ioredis';
import pg from 'pg';
import type { BackendDeps } from './backend.ts';
import { prepareObjectStore } from './object-store.ts';
import { preparePostgres } from './postgres.ts';
import { findRedisBinary } from './redis-binary.ts';
import { prepareRedis } from './redis.ts';

const never = new AbortController().signal;

describe('backends of our own', () => {
  let folder: string;
  let deps: BackendDeps;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'signal-backends-'));
    deps = { folder, logs: join(folder, 'logs'), searchPath: process.env['PATH'] ?? '', say: () => undefined };
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('run a Redis that keeps its data over a restart and never evicts', async () => {
    const first = await (await prepareRedis(deps)).spec.start(never);
    const client = new Redis(first.url);
    await client.set('kept', '1');
    expect([await client.config('GET', 'maxmemory-policy'), await client.config('GET', 'appendfsync')]).toEqual([
      ['maxmemory-policy', 'noeviction'],
      ['appendfsync', 'everysec'],
    ]);
    client.disconnect();
    expect(await first.stop()).toBe(true);
    const second = await (await prepareRedis(deps)).spec.start(never);
    const again = new Redis(second.url);
    expect(await again.get('kept')).toBe('1');
    again.disconnect();
    await second.stop();
  });

  it('run a Postgres that opens to its password and keeps its data over a restart', async () => {
    const first = await (await preparePostgres(deps, { password: 'secret', fresh: false })).spec.start(never);
    const client = new pg.Client({ connectionString: first.url });
    await client.connect();
    await client.query('create table kept as select 7 as x');
    await client.end();
    const stranger = new pg.Client({ connectionString: first.url.replace('secret', 'wrong') });
    await expect(stranger.connect()).rejects.toMatchObject({ code: '28P01' });
    expect(await first.stop()).toBe(true);
    const second = await (await preparePostgres(deps, { password: 'secret', fresh: false })).spec.start(never);
    const again = new pg.Client({ connectionString: second.url });
    await again.connect();
    expect((await again.query('select x from kept')).rows).toEqual([{ x: 7 }]);
    await again.end();
    await second.stop();
  });

  it('run an object store', async () => {
    const running = await (await prepareObjectStore(deps)).spec.start(never);
    const store = connectObjectStore({ url: running.url });
    await store.ensureBucket();
    await store.put('a', Buffer.from('1'));
    expect(String(await store.get('a'))).toBe('1');
    store.close();
    expect(await running.stop()).toBe(true);
  });

  it('say what to do where there is no Redis and none can be installed', async () => {
    await expect(findRedisBinary({ ...deps, searchPath: '/nowhere' })).rejects.toMatchObject({
      code: 'backend_failed',
      message: expect.stringContaining('REDIS_URL'),
    });
  });
});
