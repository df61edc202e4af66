import { Cluster, type Command } from 'ioredis';
import type { RedisAddress } from '@signal/kernel';
import { performance } from 'node:perf_hooks';
import { type ConnectOptions, connectionOptions, createSayer } from './connect-redis.ts';

/** Where a cluster is found, and how its nodes are spoken to. */
export type ClusterAddress = RedisAddress & Readonly<{ kind: 'cluster' }>;

const MAX_RECONNECT_DELAY_MS = 500;
const REFRESH_EVERY_MS = 5_000;
const REFRESH_AT_MOST_EVERY_MS = 100;
/** Failures after which the table of slots may be an old one. A `MOVED` makes the client refresh by itself. */
const SLOTS_IN_DOUBT = /timed out|Connection is closed|READONLY|CLUSTERDOWN|MASTERDOWN|LOADING/;

/**
 * Makes every command end by its deadline, also while no node is known, never be sent after it, and a failure that smells of a
 * failover have the slots looked up again.
 */
const bound = (cluster: Cluster, deadlineMs: number): void => {
  const send = cluster.sendCommand.bind(cluster);
  const begun = new WeakSet<Command>();
  let refreshedAtMs = Number.NEGATIVE_INFINITY;
  const refresh = (): void => {
    if (cluster.status !== 'ready' || performance.now() - refreshedAtMs < REFRESH_AT_MOST_EVERY_MS) return;
    refreshedAtMs = performance.now();
    cluster.refreshSlotsCache(() => undefined);
  };
  cluster.sendCommand = (command, stream, node) => {
    // From the queue of commands that waited for the cluster: its caller was told long ago that it failed.
    if (command.isSettled) return command.promise;
    if (!begun.has(command)) {
      begun.add(command);
      command.setTimeout(deadlineMs);
      const { reject } = command;
      command.reject = (error) => {
        if (SLOTS_IN_DOUBT.test(error.message)) refresh();
        reject.call(command, error);
      };
    }
    return send(command, stream, node);
  };
};

/**
 * Returns a client of a cluster: each command goes to the master of its key's slot, follows a `MOVED`, ends by a deadline, and is never
 * sent again when a node did not answer it: what a lost connection did is for the caller to find out.
 */
export function connectCluster(address: ClusterAddress, options: ConnectOptions): Cluster {
  const { username, password, tls } = address;
  const each = connectionOptions(options);
  const cluster = new Cluster([...address.nodes], {
    redisOptions: { ...each, username, password, ...(tls ? { tls: {} } : {}) },
    clusterRetryStrategy: (attempt) => Math.min(20 * 2 ** Math.min(attempt - 1, 10), MAX_RECONNECT_DELAY_MS),
    // A certificate names hosts; looked up by hand they would become addresses.
    ...(tls ? { dnsLookup: (host, callback) => callback(null, host) } : {}),
    enableReadyCheck: false,
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    slotsRefreshInterval: REFRESH_EVERY_MS,
  });
  bound(cluster, each.commandTimeout);
  const say = createSayer(options);
  cluster.on('ready', say.well);
  cluster.on('error', say.failed);
  cluster.on('node error', say.failed);
  return cluster;
}
