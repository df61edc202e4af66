import { infoField } from './check-server.ts';
import { isCluster, type RedisClient } from './redis-client.ts';
import { mastersOf, nodeKeyOf } from './redis-nodes.ts';

/** What one master says of itself that a deployment depends on; undefined where it does not say. */
export type ServerFacts = Readonly<{
  /** Host and port in a cluster, '' for a single server. */
  node: string;
  version: string;
  policy: string;
  appendOnly: boolean;
  appendFsync: string | undefined;
  usedBytes: number;
  /** 0: no bound. */
  maxBytes: number;
  replicas: number;
  /** `ok` or `fail`; undefined outside a cluster. */
  clusterState: string | undefined;
  requiresFullCoverage: boolean | undefined;
}>;

/** Hosted servers may forbid CONFIG. */
const settingOf = async (server: RedisClient, name: string): Promise<string | undefined> => {
  const reply = (await server.config('GET', name).catch(() => [])) as readonly string[];
  return reply[1];
};

const factsOf = async (server: RedisClient, inCluster: boolean): Promise<ServerFacts> => {
  const info = await server.info();
  const coverage = inCluster ? await settingOf(server, 'cluster-require-full-coverage') : undefined;
  return {
    node: inCluster ? nodeKeyOf(server) : '',
    version: infoField(info, 'redis_version'),
    policy: infoField(info, 'maxmemory_policy'),
    appendOnly: infoField(info, 'aof_enabled') === '1',
    appendFsync: await settingOf(server, 'appendfsync'),
    usedBytes: Number(infoField(info, 'used_memory')),
    maxBytes: Number(infoField(info, 'maxmemory')),
    replicas: Number(infoField(info, 'connected_slaves')),
    clusterState: inCluster ? infoField(String(await server.cluster('INFO')), 'cluster_state') : undefined,
    requiresFullCoverage: coverage === undefined ? undefined : coverage === 'yes',
  };
};

/** Asks the server, or every master of a cluster, what it says of itself. */
export async function readServerFacts(client: RedisClient): Promise<readonly ServerFacts[]> {
  const masters = await mastersOf(client);
  return Promise.all(masters.map((server) => factsOf(server, isCluster(client))));
}
