import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLogger } from '@signal/kernel';
import { startRedis, type TestRedis, until } from '@signal/testing';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { Redis } from 'ioredis';
import type { Bus } from '../bus.ts';
import { connectRedis } from './connect-redis.ts';
import { openSubscription } from './subscription.ts';

const CHANNEL = 'news';
const COMMAND_TIMEOUT_MS = 100;

describe('a subscription', () => {
  let redis: TestRedis;
  let listener: Server;
  let isMute = false;
  let mutedSubscriptions = 0;
  const clients = new Set<Socket>();

  beforeAll(async () => {
    redis = await startRedis();
    const { hostname, port } = new URL(redis.url);
    listener = createServer((client) => {
      const server = connect({ host: hostname, port: Number(port) });
      clients.add(client);
      client.on('data', (bytes: Buffer) => {
        const isSubscription = bytes.toString('latin1').toLowerCase().includes('\r\nsubscribe\r\n');
        if (isMute && isSubscription) mutedSubscriptions += 1;
        else server.write(bytes);
      });
      server.pipe(client);
      for (const socket of [client, server]) socket.on('error', () => undefined).on('close', () => void [client.destroy(), server.destroy()]);
    });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
  });
  afterAll(async () => {
    listener.close();
    await redis.stop();
  });

  it('is made again after a cut, and when the server does not answer it; what nobody waits for ends no process', async () => {
    const url = `redis://127.0.0.1:${(listener.address() as AddressInfo).port}`;
    const heard: string[] = [];
    const bus: Partial<Bus> = {
      isCluster: false,
      member: 'a',
      log: createLogger({ service: 'bus-test', member: 'a', level: 'silent' }),
      connectTo: (_, name, say) => connectRedis(url, { name, commandTimeoutMs: COMMAND_TIMEOUT_MS, ...(say === undefined ? {} : { say }) }),
    };
    const publisher = new Redis(redis.url);
    const subscription = openSubscription(bus as Bus, { name: 'ear', channel: CHANNEL, onMessage: (message) => void heard.push(message) });
    let published = 0;
    const isHeard = async (word: string): Promise<boolean> => {
      await publisher.publish(CHANNEL, `${word} ${(published += 1)}`);
      return heard.some((message) => message.startsWith(word));
    };
    try {
      await until(() => isHeard('first'), { what: 'the first message' });
      isMute = true;
      for (const client of clients) client.destroy();
      // Each of ours is given up after its deadline; an uncaught one would fail this test by then.
      await until(() => mutedSubscriptions >= 3, { what: 'subscriptions without an answer' });
      isMute = false;
      await until(() => isHeard('second'), { what: 'a message after that' });
      expect(new Set(heard).size).toBe(heard.length);
    } finally {
      subscription.close();
      publisher.disconnect();
    }
  });
});
