import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Bus, createBus } from '@signal/bus';
import { createLogger, systemClock } from '@signal/kernel';
import { startRedis, type TestRedis, until } from '@signal/testing';
import { redisConsumers } from '../data/consumers.ts';
import { type MemoryGateway, startMemoryGateway } from '../testing/memory-gateway.ts';

const example = fileURLToPath(new URL('../../../../docs/examples/read-topic.mjs', import.meta.url));

let redis: TestRedis;
let bus: Bus;
let gateway: MemoryGateway;
let folder: string;
let reader: ChildProcess | undefined;
beforeAll(async () => {
  redis = await startRedis();
  const log = createLogger({ service: 'gateway', member: 'gateway-1', level: 'silent' });
  bus = await createBus({ redisUrl: redis.url, namespace: '', partitions: 64, member: 'gateway-1', leaseTtlMs: 60_000, log, clock: systemClock });
  gateway = await startMemoryGateway({ consumers: redisConsumers(bus) });
  folder = mkdtempSync(join(tmpdir(), 'signal-example-'));
  mkdirSync(join(folder, '.data'));
  const run = { url: gateway.url, token: await gateway.token({ roles: ['admin', 'user'] }), redisUrl: redis.url };
  writeFileSync(join(folder, '.data', 'run.json'), JSON.stringify(run));
});
afterAll(async () => {
  const ended = reader === undefined ? undefined : once(reader, 'exit');
  reader?.kill();
  await ended;
  await gateway.stop();
  await bus.close();
  await redis.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('the example of a reader outside the fleet', () => {
  it('registers itself, prints every entry, acknowledges it, and says what it missed', async () => {
    const child = spawn(process.execPath, [example, 'indicators', '54'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
    reader = child;
    let printed = '';
    child.stdout.on('data', (data: Buffer) => (printed += data.toString()));
    const key = bus.keys.topic('indicators', 54);
    await until(() => printed.includes('"group":"example"'), { what: 'the registration' });
    for (const n of [1, 2, 9]) await bus.redis.xadd(key, `${n}-0`, 'prev', `${n - 1}-0`, 'json', `[${n}]`);
    await until(() => printed.includes('9-0 [9]'), { what: 'the last entry' });
    expect(printed.trim().split('\n').slice(1)).toEqual(['1-0 [1]', '2-0 [2]', 'missed what came after 2-0, up to 8-0', '9-0 [9]']);
    await until(async () => ((await bus.redis.xpending(key, 'example')) as readonly unknown[])[0] === 0, { what: 'all acknowledged' });
  });
});
