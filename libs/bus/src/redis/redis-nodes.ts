import { Command, Redis } from 'ioredis';
import { parseRedisAddress } from '@signal/kernel';
import { type ClusterAddress, connectCluster } from './connect-cluster.ts';
import { type ConnectOptions, connectionOptions, connectRedis, createSayer } from './connect-redis.ts';
import { isCluster, type RedisClient } from './redis-client.ts';

/** The server or the servers behind a `REDIS_URL`. */
export interface RedisNodes {
  readonly isCluster: boolean;
  /** Opens a client for commands with any key, or for subscriptions. */
  connect(options: ConnectOptions): RedisClient;
  /** Opens a plain connection to one node. In a cluster it does not reconnect: its slot may be elsewhere by then. */
  connectTo(node: string, options: ConnectOptions): Redis;
}

/** The one node of a deployment without a cluster. */
export const ONLY_NODE = '';

/** Returns the node that holds a key as `client` knows it now; undefined while it knows none. */
export function nodeOf(client: RedisClient, key: string): string | undefined {
  return isCluster(client) ? client.slots[new Command('get', [key]).getSlot() ?? 0]?.[0] : ONLY_NODE;
}

/** Returns the name of the node that a connection leads to. */
export function nodeKeyOf(connection: RedisClient): string {
  const { host, port } = (connection as Redis).options;
  return isCluster(connection) ? ONLY_NODE : `${host}:${port}`;
}

/** Returns the connection over which `client` sends the commands of a node; undefined when it has none. */
export function connectionTo(client: RedisClient, node: string): Redis | undefined {
  if (!isCluster(client)) return client as Redis;
  return client.nodes('all').find((connection) => nodeKeyOf(connection) === node);
}

/** Returns connections to the masters that a client knows: of one server, its own. */
export async function mastersOf(client: RedisClient): Promise<readonly RedisClient[]> {
  if (!isCluster(client)) return [client];
  // Answered once the nodes are known.
  await client.ping();
  return client.nodes('master');
}

/** Has a cluster's client look up anew where its slots are. */
export function refreshNodes(client: RedisClient): void {
  if (isCluster(client)) client.refreshSlotsCache(() => undefined);
}

const oneServer = (url: string): RedisNodes => ({
  isCluster: false,
  connect: (options) => connectRedis(url, options),
  connectTo: (_, options) => connectRedis(url, options),
});

const clusterOf = (address: ClusterAddress): RedisNodes => ({
  isCluster: true,
  connect: (options) => connectCluster(address, options),
  connectTo: (node, options) => {
    const at = node.lastIndexOf(':');
    const { username, password, tls } = address;
    const place = { host: node.slice(0, at), port: Number(node.slice(at + 1)), username, password, ...(tls ? { tls: {} } : {}) };
    const redis = new Redis({ ...connectionOptions(options), ...place, retryStrategy: () => null });
    const say = options.say ?? createSayer(options);
    redis.on('ready', say.well);
    redis.on('error', say.failed);
    return redis;
  },
});

const clusterAround = (url: string): ClusterAddress => {
  const { hostname, port, username, password, protocol } = new URL(url);
  return {
    kind: 'cluster',
    nodes: [{ host: hostname, port: Number(port || 6379) }],
    username: decodeURIComponent(username) || undefined,
    password: decodeURIComponent(password) || undefined,
    tls: protocol === 'rediss:',
  };
};

/** Returns what stands behind a `REDIS_URL`: a cluster when it names several hosts, or when the one server says that it belongs to one. */
export async function findNodes(url: string, options: ConnectOptions): Promise<RedisNodes> {
  const address = parseRedisAddress(url);
  if (address?.kind === 'cluster') return clusterOf(address);
  if (url.startsWith('/')) return oneServer(url);
  const redis = connectRedis(url, options);
  try {
    return /^cluster_enabled:1\r?$/m.test(await redis.info('cluster')) ? clusterOf(clusterAround(url)) : oneServer(url);
  } finally {
    redis.disconnect();
  }
}

/** Opens a client for commands of whatever stands behind a `REDIS_URL`; for tools that need no bus. */
export async function openRedis(url: string, options: ConnectOptions): Promise<RedisClient> {
  return (await findNodes(url, options)).connect(options);
}
