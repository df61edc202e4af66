import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLogger, systemClock } from '@signal/kernel';
import { startRedis, type TestRedis, until } from '@signal/testing';
import { type Bus, createBus } from '../bus.ts';
import { openBus } from '../fixtures/open-bus.ts';
import { checkServer } from './check-server.ts';
import { groupsOf, rangeOf, readStreams, stateOf } from './stream-replies.ts';
import { openBlockingReader } from './blocking-reader.ts';

describe('the connection', () => {
  let redis: TestRedis;
  let bus: Bus;
  beforeAll(async () => {
    redis = await startRedis({ one: true });
    bus = await openBus({ redisUrl: redis.url, namespace: 'shapes', member: 'a' });
    await bus.redis.xadd('s', '1-0', 'prev', '0-0', 'd', Buffer.from([0, 255]));
    await bus.redis.xadd('s', '2-0', 'prev', '1-0');
  });
  afterAll(async () => {
    await bus.close();
    await redis.stop();
  });

  it('gives stream replies one shape, with values as the bytes they are', async () => {
    const first = {
      id: '1-0',
      fields: new Map([
        ['prev', Buffer.from('0-0')],
        ['d', Buffer.from([0, 255])],
      ]),
    };
    const second = { id: '2-0', fields: new Map([['prev', Buffer.from('1-0')]]) };
    expect(
      await readStreams(bus.redis, {
        cursors: new Map([
          ['s', '0-0'],
          ['none', '0-0'],
        ]),
        count: 10,
      }),
    ).toEqual(new Map([['s', [first, second]]]));
    expect(await readStreams(bus.redis, { cursors: new Map([['s', '2-0']]), count: 10, blockMs: 1 })).toEqual(new Map());
    expect(await rangeOf(bus.redis, 's', { from: '(1-0', to: '+', count: 1 })).toEqual([second]);
    expect(await stateOf(bus.redis, 's')).toEqual({ lastId: '2-0', firstId: '1-0' });
    expect(await stateOf(bus.redis, 'none')).toEqual({ lastId: '0-0', firstId: undefined });
    await bus.redis.xgroup('CREATE', 's', 'g', '1-0');
    expect(await groupsOf(bus.redis, 's')).toEqual(new Map([['g', '1-0']]));
    expect(await groupsOf(bus.redis, 'none')).toEqual(new Map());
  });

  it('cuts a blocking read short, and leaves the connection for commands free', async () => {
    const reader = openBlockingReader(bus, 'reader');
    await until(async () => String(await bus.redis.client('LIST')).includes('name=a:reader'), { what: 'the reader to connect' });
    const read = reader.read(new Map([['s', '2-0']]), 1);
    expect(await bus.redis.ping()).toBe('PONG');
    reader.cutShort();
    expect(await read).toEqual(new Map());
    reader.close();
  });

  it('refuses a server that may evict keys', async () => {
    const other = await openBus({ redisUrl: redis.url, namespace: 'x', member: 'b' });
    await other.redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    const options = {
      redisUrl: redis.url,
      namespace: '',
      partitions: 16,
      member: 'c',
      leaseTtlMs: 300,
      log: createLogger({ service: 'x', member: 'c', level: 'silent' }),
      clock: systemClock,
    };
    await expect(createBus(options)).rejects.toMatchObject({
      code: 'backend_failed',
      message: expect.stringContaining('"allkeys-lru", and must be "noeviction"'),
    });
    await other.redis.config('SET', 'maxmemory-policy', 'noeviction');
    await other.close();
  });

  it('says in the log that a server without an append-only file loses what a restart finds', async () => {
    const lines: string[] = [];
    const log = createLogger({ service: 'x', member: 'c', destination: { write: (line) => lines.push(line) } });
    await checkServer(bus.redis, log);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([{ level: 40, msg: expect.stringContaining('"appendonly no"') }]);
    await bus.redis.config('SET', 'appendonly', 'yes');
    await checkServer(bus.redis, log);
    await bus.redis.config('SET', 'appendonly', 'no');
    expect(lines.length).toBe(1);
  });

  it('ends a command by its deadline when the server does not answer', async () => {
    const blocked = bus.connect('blocked');
    await expect(blocked.call('blpop', 'nothing', 5)).rejects.toThrow('Command timed out');
    blocked.disconnect();
  });
});
