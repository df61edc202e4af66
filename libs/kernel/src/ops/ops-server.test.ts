import { afterEach, describe, expect, it } from '@jest/globals';
import { createMetrics } from '../metrics/create-metrics.ts';
import { type OpsServer, secretsEqual, startOpsServer } from './ops-server.ts';

describe('startOpsServer', () => {
  let ops: OpsServer | undefined;
  afterEach(() => ops?.close());

  const open = async (reasons: { started?: string; ready?: string } = {}, key = 'k'.repeat(16)): Promise<OpsServer> => {
    const probes = { notStarted: () => reasons.started, notReady: () => reasons.ready };
    ops = await startOpsServer({ probes, metrics: createMetrics({ service: 't', member: 't-1', processMetrics: true }), internalKey: () => key });
    ops.app.get('/inside', (_request, response) => void response.json({ inside: true }));
    return ops;
  };
  const statusOf = async (path: string, headers: Record<string, string> = {}): Promise<number> =>
    (await fetch(`${ops?.url}${path}`, { headers })).status;

  it('answers its probes', async () => {
    await open();
    expect([await statusOf('/livez'), await statusOf('/startupz'), await statusOf('/readyz')]).toEqual([200, 200, 200]);
  });

  it('is alive but not ready while it starts or is unhealthy', async () => {
    await open({ ready: 'redis is away' });
    expect([await statusOf('/livez'), await statusOf('/startupz'), await statusOf('/readyz')]).toEqual([200, 200, 503]);
    expect(await (await fetch(`${ops?.url}/readyz`)).json()).toEqual({ status: 'fail', reason: 'redis is away' });
  });

  it('serves the metrics of the contract', async () => {
    const { url } = await open();
    const text = await (await fetch(`${url}/metrics`)).text();
    expect(text).toContain('# TYPE signal_tick_to_signal_seconds histogram');
    expect(text).toContain('process_cpu_user_seconds_total');
  });

  it('opens internal routes to the internal key alone', async () => {
    await open();
    expect(await statusOf('/inside')).toBe(401);
    expect(await statusOf('/inside', { authorization: 'Bearer wrong' })).toBe(401);
    expect(await statusOf('/inside', { authorization: `Bearer ${'k'.repeat(16)}` })).toBe(200);
  });

  it('keeps internal routes closed when there is no internal key', async () => {
    await open({}, '');
    expect(await statusOf('/inside', { authorization: 'Bearer ' })).toBe(401);
  });
});

describe('secretsEqual', () => {
  it('compares whole secrets of any length', () => {
    expect([secretsEqual('a', 'a'), secretsEqual('a', 'ab'), secretsEqual('', 'a')]).toEqual([true, false, false]);
  });
});
