import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { startConfigServer, type TestConfigServer, until } from '@signal/testing';
import { createLogger } from '../log/logger.ts';
import { text, wholeNumber } from '../settings/parsers.ts';
import { systemClock } from '../time/clock.ts';
import { readBootstrap } from './bootstrap.ts';
import { createConfigClient, type OwnedConfigClient } from './config-client.ts';

const settings = {
  SPEED: { doc: 'speed', default: '1', parse: wholeNumber(0, 100) },
  KEY: { doc: 'key', secret: true, parse: text() },
};
type Client = OwnedConfigClient<typeof settings>;

describe('createConfigClient', () => {
  let server: TestConfigServer | undefined;
  let client: Client | undefined;
  afterEach(async () => {
    await client?.close();
    await server?.close();
    server = undefined;
  });

  const connect = (address: { url: string; key: string }): Client => {
    const env = { ENVIRONMENT: 'test', CONFIG_SERVICE_URL: address.url, CONFIG_SERVICE_API_KEY: address.key };
    const log = createLogger({ service: 'test', member: 'test-1', level: 'silent' });
    client = createConfigClient({
      bootstrap: readBootstrap(env),
      service: 'x',
      settings,
      log,
      clock: systemClock,
      waitS: 5,
      retry: { baseMs: 10, maxMs: 20 },
    });
    return client;
  };

  it('says of each setting where it comes from, and never a value', async () => {
    server = await startConfigServer({ KEY: 'hidden' });
    const connected = connect(server);
    await connected.load(5000);
    expect(connected.values).toEqual({ SPEED: 1, KEY: 'hidden' });
    const { connected: isConnected, settings: rows } = connected.status();
    expect([isConnected, rows.map((row) => [row.name, row.source, row.secret])]).toEqual([
      true,
      [
        ['SPEED', 'default', false],
        ['KEY', 'config-service', true],
        ['ENVIRONMENT', 'env', false],
        ['CONFIG_SERVICE_URL', 'env', false],
        ['CONFIG_SERVICE_API_KEY', 'env', true],
      ],
    ]);
    expect(JSON.stringify(rows)).not.toContain('hidden');
  });

  it('tells its listeners what changed', async () => {
    server = await startConfigServer({ KEY: 'a' });
    const connected = connect(server);
    await connected.load(5000);
    const changes: (readonly string[])[] = [];
    const stopListening = connected.onChange((_values, changed) => changes.push(changed));
    connected.watch();
    server.set({ SPEED: '7' });
    await until(() => connected.values.SPEED === 7, { what: 'the new speed' });
    expect(changes).toEqual([['SPEED']]);
    stopListening();
  });

  it('keeps the last good values when new ones are not valid', async () => {
    server = await startConfigServer({ KEY: 'a', SPEED: '5' });
    const connected = connect(server);
    await connected.load(5000);
    connected.watch();
    server.set({ SPEED: 'fast' });
    server.set({ KEY: 'b', SPEED: '6' });
    await until(() => connected.values.SPEED === 6, { what: 'the next valid settings' });
  });

  it('keeps the last good values while the config service is away', async () => {
    server = await startConfigServer({ KEY: 'a' });
    const connected = connect(server);
    await connected.load(5000);
    connected.watch();
    await server.close();
    server = undefined;
    await until(() => !connected.status().connected, { what: 'the loss of the config service' });
    expect([connected.values.KEY, connected.status().settings.find((row) => row.name === 'KEY')?.source]).toEqual(['a', 'last-good']);
  });

  it('is connected again as soon as the config service is back, not at its next change', async () => {
    const answer = { version: 1, settings: { KEY: 'a' } };
    let isDown = false;
    const back = createServer((request, response) => {
      const isLongPoll = !(request.url ?? '').includes('waitS=0') && request.headers['if-none-match'] !== undefined;
      if (isDown) request.socket.destroy();
      else if (request.headers['if-none-match'] === undefined) response.writeHead(200, { etag: '"1"' }).end(JSON.stringify(answer));
      else if (!isLongPoll) response.writeHead(304).end();
    }).listen(0, '127.0.0.1');
    await once(back, 'listening');
    const connected = connect({ url: `http://127.0.0.1:${(back.address() as AddressInfo).port}`, key: 'k' });
    await connected.load(5000);
    connected.watch();
    isDown = true;
    back.closeAllConnections();
    await until(() => !connected.status().connected, { what: 'the loss of the config service' });
    isDown = false;
    await until(() => connected.status().connected, { what: 'the return of the config service' });
    back.close();
    back.closeAllConnections();
  });

  it('does not try again when its key is refused', async () => {
    server = await startConfigServer({ KEY: 'a' });
    await expect(connect({ url: server.url, key: 'wrong' }).load(60_000)).rejects.toMatchObject({ code: 'token_invalid' });
  });

  it('gives up at its deadline when nobody answers', async () => {
    await expect(connect({ url: 'http://127.0.0.1:1', key: 'k' }).load(50)).rejects.toMatchObject({ code: 'config_failed' });
  });
});

describe('readBootstrap', () => {
  it('names the variable that is missing or wrong', () => {
    const good = { ENVIRONMENT: 'local', CONFIG_SERVICE_URL: 'http://a', CONFIG_SERVICE_API_KEY: 'k' };
    expect(() => readBootstrap({ ...good, CONFIG_SERVICE_URL: undefined })).toThrow(/CONFIG_SERVICE_URL is not set/);
    expect(() => readBootstrap({ ...good, ENVIRONMENT: 'A B' })).toThrow(/ENVIRONMENT is "A B"/);
    expect(() => readBootstrap({ ...good, CONFIG_SERVICE_API_KEY: '' })).toThrow(/must not be empty/);
  });
});
