import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '../until.ts';
import { startRedisCluster, type TestCluster } from './redis-cluster.ts';

describe('startRedisCluster', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster();
  }, 60_000);
  afterAll(() => cluster.stop());

  it('has a replica take over the slots of a master that was killed, with what was replicated', async () => {
    const master = await cluster.masterOf('kept');
    const [replica] = await cluster.replicasOf(master);
    await master.ask(async (client) => {
      await client.set('kept', '1');
      await client.wait(1, 1_000);
    });
    await master.kill();
    await until(async () => (await cluster.masterOf('kept')).port === replica?.port, { what: 'the replica is the master' });
    expect(await replica?.ask((client) => client.get('kept'))).toBe('1');
  });

  it('comes back with everything after all its nodes were killed', async () => {
    const write = async (): Promise<string> => (await cluster.masterOf('all')).ask((client) => client.set('all', '2'));
    await until(() => write().catch(() => ''), { what: 'the slot of the key is served' });
    await cluster.kill();
    await cluster.restart();
    const read = async (): Promise<string | null> => (await cluster.masterOf('all')).ask((client) => client.get('all'));
    expect(await until(() => read().catch(() => ''), { what: 'the key is served' })).toBe('2');
  });
});
