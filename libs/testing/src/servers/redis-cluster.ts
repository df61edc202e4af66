import { SignalError } from '@signal/contracts';
import { formCluster } from './form-cluster.ts';
import { freePort } from './free-port.ts';
import { REDIS_HOST, type RedisProcess, startRedisProcess } from './redis-process.ts';
import { newFolder } from './run-folder.ts';
import type { TestRedis } from './test-redis.ts';

/** Masters, and replicas of each. A node that does not answer for `nodeTimeoutMs` fails over. */
export type ClusterOptions = Readonly<{ masters?: number; replicas?: number; nodeTimeoutMs?: number }>;

/** A Redis Cluster of one test file. Killing it all and starting it again loses nothing; killing a master alone is a failover. */
export interface TestCluster extends TestRedis {
  readonly nodes: readonly RedisProcess[];
  /** Returns the master that holds a key now, as the nodes that are up say. */
  masterOf(key: string): Promise<RedisProcess>;
  /** Returns the replicas of a master that are up. */
  replicasOf(master: RedisProcess): Promise<readonly RedisProcess[]>;
}

const settingsOf = (busPort: number, nodeTimeoutMs: number): Readonly<Record<string, string>> => ({
  dir: newFolder('redis-cluster'),
  save: '',
  appendonly: 'yes',
  appendfsync: 'everysec',
  'maxmemory-policy': 'noeviction',
  loglevel: 'warning',
  'cluster-enabled': 'yes',
  'cluster-port': String(busPort),
  'cluster-node-timeout': String(nodeTimeoutMs),
  // A replica that was cut off for long may take over all the same: that is the loss which the tests are about.
  'cluster-replica-validity-factor': '0',
  'cluster-require-full-coverage': 'no',
  'repl-diskless-sync-delay': '0',
});

const startNode = async (nodeTimeoutMs: number): Promise<RedisProcess & Readonly<{ busPort: number }>> => {
  const busPort = await freePort();
  return { ...(await startRedisProcess(await freePort(), settingsOf(busPort, nodeTimeoutMs))), busPort };
};

type SlotRow = readonly [from: number, to: number, ...nodes: (readonly [host: string, port: number, id: string])[]];

const portsOf = async (nodes: readonly RedisProcess[], key: string): Promise<readonly number[]> => {
  const asked = nodes.find((node) => node.isUp());
  if (asked === undefined) throw new SignalError('backend_failed', 'no node of the test cluster is up');
  return asked.ask(async (client) => {
    const slot = await client.cluster('KEYSLOT', key);
    const rows = (await client.cluster('SLOTS')) as unknown as readonly SlotRow[];
    const [, , ...held] = rows.find(([from, to]) => from <= slot && slot <= to) ?? [0, 0];
    return held.map(([, port]) => port);
  });
};

/** Starts a Redis Cluster on free ports and returns it once every slot is served and every replica follows; the file stops it. */
export async function startRedisCluster({ masters = 3, replicas = 1, nodeTimeoutMs = 1_000 }: ClusterOptions = {}): Promise<TestCluster> {
  const nodes = await Promise.all(Array.from({ length: masters * (1 + replicas) }, () => startNode(nodeTimeoutMs)));
  await formCluster(nodes, masters);
  const withPort = (port: number | undefined): RedisProcess => {
    const node = nodes.find((one) => one.port === port);
    if (node === undefined) throw new SignalError('backend_failed', `no node of the test cluster listens on ${port}`);
    return node;
  };
  const all = async (work: (node: RedisProcess) => Promise<void>): Promise<void> => void (await Promise.all(nodes.map(work)));
  return {
    url: `redis://${nodes.map(({ port }) => `${REDIS_HOST}:${port}`).join(',')}/`,
    nodes,
    masterOf: async (key) => withPort((await portsOf(nodes, key))[0]),
    replicasOf: async (master) => {
      const roles = await Promise.all(
        nodes.filter((node) => node.isUp() && node !== master).map(async (node) => ({ node, role: await node.ask((client) => client.role()) })),
      );
      return roles.filter(({ role }) => role[0] === 'slave' && Number(role[2]) === master.port).map(({ node }) => node);
    },
    kill: () => all((node) => node.kill()),
    restart: () => all((node) => node.restart()),
    // A master that is asked to end waits for its replicas, which end as well.
    stop: () =>
      all(async (node) => {
        await node.kill();
        await node.stop();
      }),
    cutConnections: () => all(async (node) => (node.isUp() ? node.cutConnections() : undefined)),
  };
}
