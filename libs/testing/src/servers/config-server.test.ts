import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer } from 'node:http';
import { startConfigServer, type TestConfigServer } from './config-server.ts';

describe('startConfigServer', () => {
  let server: TestConfigServer | undefined;
  afterEach(() => server?.close());

  const ask = async (query: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${server?.url}/v1/settings?${query}`, { headers: { authorization: `Bearer ${server?.key}`, ...headers } });

  it('answers its settings with a version and an ETag', async () => {
    server = await startConfigServer({ REDIS_URL: 'redis://x' });
    const response = await ask('environment=test&service=x');
    expect([response.headers.get('etag'), await response.json()]).toEqual(['"1"', { version: 1, settings: { REDIS_URL: 'redis://x' } }]);
  });

  it('answers a long poll as soon as a setting changes', async () => {
    server = await startConfigServer({ LOG_LEVEL: 'info' });
    const polled = ask('waitS=30', { 'if-none-match': '"1"' });
    server.set({ LOG_LEVEL: 'debug' });
    expect(await (await polled).json()).toEqual({ version: 2, settings: { LOG_LEVEL: 'debug' } });
  });

  it('refuses a wrong key', async () => {
    server = await startConfigServer({});
    expect((await ask('', { authorization: 'Bearer wrong' })).status).toBe(401);
  });

  it('leaves no listener behind', async () => {
    server = await startConfigServer({});
    const port = Number(new URL(server.url).port);
    await server.close();
    server = undefined;
    const again = createServer().listen(port, '127.0.0.1');
    await new Promise((resolve) => again.once('listening', resolve));
    again.close();
  });
});
