import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { connectObjectStore } from '../object-store/object-store.ts';
import { startObjectStore } from './start-object-store.ts';

/** Answers like `minio server DIR --quiet --address HOST:PORT` as far as its start is concerned. */
const fakeMinio = `#!${process.execPath}
const [host, port] = process.argv[process.argv.indexOf('--address') + 1].split(':');
require('node:http').createServer((request, response) => response.end(process.env.MINIO_ROOT_USER)).listen(Number(port), host);
`;

describe('startObjectStore', () => {
  let dataDir: string;

  beforeEach(async () => {
    dataDir = await mkdtemp(path.join(os.tmpdir(), 'signal-s3-server-'));
  });
  afterEach(() => rm(dataDir, { recursive: true, force: true }));

  it('keeps objects and credentials over a stop and a kill', async () => {
    const first = await startObjectStore({ dataDir, searchPath: '' });
    const store = connectObjectStore({ url: first.url });
    await store.ensureBucket();
    await store.put('a/b', Buffer.from('kept'));
    store.close();
    process.kill(first.pid, 'SIGKILL');
    await first.ended;
    const second = await startObjectStore({ dataDir, searchPath: '' });
    const again = connectObjectStore({ url: second.url });
    expect(String(await again.get('a/b'))).toBe('kept');
    expect(new URL(second.url).password).toBe(new URL(first.url).password);
    again.close();
    await second.stop();
    expect(await second.ended).toBe(0);
  });

  it('keeps its credentials from others', async () => {
    const server = await startObjectStore({ dataDir, searchPath: '' });
    await server.stop();
    expect((await stat(path.join(dataDir, 'credentials.json'))).mode & 0o777).toBe(0o600);
  });

  it('keeps an idle connection longer than a fleet lets it idle', async () => {
    const server = await startObjectStore({ dataDir, searchPath: '' });
    const agent = new http.Agent({ keepAlive: true });
    const [response] = (await once(http.get(new URL(server.url), { agent, auth: '' }), 'response')) as [http.IncomingMessage];
    expect(response.headers['keep-alive']).toBe('timeout=600');
    response.resume();
    agent.destroy();
    await server.stop();
  });

  it('says which port is in use', async () => {
    const first = await startObjectStore({ dataDir, searchPath: '' });
    const port = Number(new URL(first.url).port);
    await expect(startObjectStore({ dataDir, port, searchPath: '' })).rejects.toMatchObject({
      code: 'port_in_use',
      message: expect.stringContaining(String(port)),
    });
    await first.stop();
  });

  it('prefers a minio binary on the search path', async () => {
    const bin = path.join(dataDir, 'bin');
    await mkdir(bin);
    await writeFile(path.join(bin, 'minio'), fakeMinio);
    await chmod(path.join(bin, 'minio'), 0o755);
    const server = await startObjectStore({ dataDir, searchPath: `/nowhere${path.delimiter}${bin}` });
    expect(server.kind).toBe('minio');
    expect(await (await fetch(new URL('/', `http://${new URL(server.url).host}`))).text()).toBe(new URL(server.url).username);
    await server.stop();
  });

  it('stays with the server that began a directory', async () => {
    await mkdir(path.join(dataDir, 'minio'));
    await expect(startObjectStore({ dataDir, searchPath: '' })).rejects.toMatchObject({
      code: 'backend_failed',
      message: expect.stringContaining('no minio binary'),
    });
  });
});
