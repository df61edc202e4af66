import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { fakePressure, until } from '@signal/testing';
import type { LoadedGateway } from '../testing/loaded-gateway.ts';
import { type MemoryGateway, startMemoryGateway } from '../testing/memory-gateway.ts';
import type { AdmissionState } from './admission.ts';

const quotes = '/api/v2/realtime/quotes/INDEX:SPX';
const bars = '/api/v2/historical/bars/INDEX:SPX?interval=1m';

describe('the door', () => {
  let gateway: MemoryGateway;
  const pressure = fakePressure();
  const held: (() => void)[] = [];
  beforeAll(async () => {
    const history = { bars: () => new Promise<[]>((resolve) => held.push(() => resolve([]))), readings: async () => [], signals: async () => [] };
    gateway = await startMemoryGateway({ history, pressure });
    gateway.market.quote('INDEX:SPX', { tsMs: 1_546_285_800_000, last: 2500, lastSize: 1 });
  });
  afterEach(() => pressure.set('calm'));
  afterAll(() => gateway.stop());

  const shedding = async (): Promise<AdmissionState> => {
    const response = await gateway.get('/api/v2/admin/shedding', { as: await gateway.token({ roles: ['operator'] }) });
    return (await response.json()) as AdmissionState;
  };

  it('tells operators how many requests are in flight and may be, and nobody else', async () => {
    const { limit, inFlight, classes } = await shedding();
    expect([limit, inFlight, Object.keys(classes), classes.critical.inFlight]).toEqual([
      expect.any(Number),
      1,
      ['critical', 'realtime', 'historical', 'batch'],
      1,
    ]);
    expect((await gateway.get('/api/v2/admin/shedding')).status).toBe(403);
  });

  it('lets a client lower the class of its request by X-Priority, and refuses a class that there is not', async () => {
    const before = (await shedding()).classes.batch.admitted;
    expect((await gateway.get(quotes, { headers: { 'X-Priority': 'batch' } })).status).toBe(200);
    expect((await shedding()).classes.batch.admitted).toBe(before + 1);
    const refused = await gateway.get(quotes, { headers: { 'X-Priority': 'urgent' } });
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([400, 'header_invalid']);
  });

  it('sheds with 503 and Retry-After, counts it by class, and serves what is more important', async () => {
    const { threshold } = (await shedding()).classes.historical;
    const asked = Array.from({ length: threshold + 5 }, () => gateway.get(bars));
    await until(async () => (await shedding()).classes.historical.shed >= 5, { what: 'five are shed' });
    const shed = await gateway.get(bars);
    expect([shed.status, shed.headers.get('retry-after'), await shed.json()]).toEqual([
      503,
      '1',
      expect.objectContaining({ code: 'overloaded', status: 503 }),
    ]);
    expect([(await gateway.get(quotes)).status, (await gateway.get('/livez')).status]).toEqual([200, 200]);
    const counted = (await shedding()).classes.historical.shed;
    expect(counted).toBeGreaterThanOrEqual(6);
    expect(await gateway.metrics.registry.metrics()).toContain(`signal_shed_total{class="historical"} ${counted}`);
    await until(
      async () => {
        for (const answer of held.splice(0)) answer();
        return (await shedding()).classes.historical.inFlight === 0;
      },
      { what: 'the rest is served or dropped' },
    );
    const statuses = (await Promise.all(asked)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 503).length).toBeGreaterThanOrEqual(5);
    expect(statuses.every((status) => status === 200 || status === 503)).toBe(true);
  });

  it('leaves history and batch half as many places while the process is under pressure', async () => {
    pressure.set('high');
    await until(
      async () => {
        const { classes, limit } = await shedding();
        return classes.historical.threshold <= limit * 0.3 + 1 && classes.realtime.threshold >= limit;
      },
      { what: 'the threshold of history is halved' },
    );
  });
});

describe('a gateway process with three times the load that it can bear', () => {
  let child: ChildProcess | undefined;
  // Node accepts one connection a turn of its loop, so a client that opens one a request would wait outside: these are opened beforehand.
  const agent = new Agent({ keepAlive: true, maxSockets: 200, maxFreeSockets: 200 });
  afterEach(() => {
    agent.destroy();
    child?.kill('SIGKILL');
  });

  const start = async (): Promise<LoadedGateway> => {
    const program = fileURLToPath(new URL('../testing/loaded-gateway.ts', import.meta.url));
    const started = spawn(process.execPath, ['--conditions=signal-source', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    child = started;
    const [line] = (await once(started.stdout, 'data')) as [Buffer];
    return JSON.parse(line.toString()) as LoadedGateway;
  };
  const statusOf = async ({ token, url }: LoadedGateway, path: string): Promise<number> => {
    const request = get(`${url}${path}`, { agent, headers: { authorization: `Bearer ${token}` } });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.resume();
    await once(response, 'end');
    return response.statusCode ?? 0;
  };

  it('sheds history and nothing critical', async () => {
    const gateway = await start();
    const ask = (path: string): Promise<number> => statusOf(gateway, path);
    await Promise.all(Array.from({ length: 200 }, () => ask('/livez')));
    // An open loop: what is asked does not wait for what was asked before.
    const asked: Readonly<Record<'critical' | 'realtime' | 'historical', Promise<number>[]>> = { critical: [], realtime: [], historical: [] };
    for (let tenth = 0; tenth < 40; tenth += 1) {
      for (let i = 0; i < 4; i += 1) asked.critical.push(ask('/health'));
      for (let i = 0; i < 6; i += 1) asked.realtime.push(ask(quotes));
      for (let i = 0; i < 24; i += 1) asked.historical.push(ask(bars));
      await wait(100);
    }
    const critical = await Promise.all(asked.critical);
    await Promise.all(asked.realtime);
    const historical = await Promise.all(asked.historical);
    const shed = historical.filter((status) => status === 503).length;
    expect(critical.filter((status) => status !== 200)).toEqual([]);
    expect([shed > 50, historical.length - shed > 50]).toEqual([true, true]);
    const response = await fetch(`${gateway.url}/api/v2/admin/shedding`, { headers: { authorization: `Bearer ${gateway.operator}` } });
    const { classes } = (await response.json()) as AdmissionState;
    expect([classes.critical.shed, classes.historical.shed]).toEqual([0, shed]);
  });
});
