import type { ServerFacts } from '@signal/bus';
import { fail, type Finding, pass, warn } from './finding.ts';

const LEAST_MAJOR_VERSION = 7;
const FULL_PART = 0.95;
const CROWDED_PART = 0.8;
const MIB = 1024 * 1024;

const nameOf = ({ node }: ServerFacts): string => (node === '' ? 'the server' : node);
const namesOf = (servers: readonly ServerFacts[]): string => servers.map(nameOf).join(', ');

const judgeVersion = (servers: readonly ServerFacts[]): Finding => {
  const old = servers.filter(({ version }) => !(Number.parseInt(version, 10) >= LEAST_MAJOR_VERSION));
  if (old.length > 0) return fail('redis.version', `${namesOf(old)} answers ${old[0]?.version}`, 'run Redis 7.0 or Valkey 8 at least');
  return pass('redis.version', [...new Set(servers.map(({ version }) => version))].join(', '));
};

const judgePersistence = (servers: readonly ServerFacts[]): Finding => {
  const without = servers.filter(({ appendOnly }) => !appendOnly);
  if (without.length > 0) {
    const detail = `${namesOf(without)} runs with "appendonly no": a restart loses everything since the last snapshot file`;
    return warn('redis.persistence', detail, 'set "appendonly yes" and "appendfsync everysec", or always');
  }
  const lazy = servers.filter(({ appendFsync }) => appendFsync === 'no');
  if (lazy.length > 0) return warn('redis.persistence', `${namesOf(lazy)} has "appendfsync no"`, 'set "appendfsync everysec", or always');
  const [sync = 'unknown'] = servers.map(({ appendFsync }) => appendFsync);
  const cost = sync === 'always' ? 'a power loss costs nothing that was acknowledged' : 'a power loss may cost the last second, which is told';
  return pass('redis.persistence', `append-only file, appendfsync ${sync}: ${cost}`);
};

const judgeEviction = (servers: readonly ServerFacts[]): Finding => {
  const evicting = servers.filter(({ policy }) => policy !== '' && policy !== 'noeviction');
  if (evicting.length === 0) return pass('redis.eviction', 'noeviction');
  const detail = `${namesOf(evicting)} has maxmemory-policy ${evicting[0]?.policy}, and drops entries of the log when memory is short`;
  return fail('redis.eviction', detail, 'set maxmemory-policy noeviction');
};

const judgeMemory = (servers: readonly ServerFacts[]): Finding => {
  const used = servers.map((server) => ({ server, part: server.maxBytes === 0 ? 0 : server.usedBytes / server.maxBytes }));
  const fullest = used.toSorted((a, b) => b.part - a.part)[0];
  if (fullest !== undefined && fullest.part >= CROWDED_PART) {
    const detail = `${nameOf(fullest.server)} uses ${Math.round(100 * fullest.part)} % of its maxmemory`;
    return (fullest.part >= FULL_PART ? fail : warn)('redis.memory', detail, 'give it more memory, or find the reader that holds the trim back');
  }
  const unbounded = servers.filter(({ maxBytes }) => maxBytes === 0);
  const usedMib = Math.round(servers.reduce((sum, { usedBytes }) => sum + usedBytes, 0) / MIB);
  if (unbounded.length === 0) return pass('redis.memory', `${usedMib} MiB in use`);
  const detail = `${namesOf(unbounded)} has no maxmemory (${usedMib} MiB in use): the system ends it when memory runs out`;
  return warn('redis.memory', detail, 'set maxmemory below what the machine has; writes are then refused, and nothing is lost');
};

const judgeCluster = (servers: readonly ServerFacts[]): Finding => {
  const isCluster = servers.some(({ clusterState }) => clusterState !== undefined);
  if (!isCluster) return pass('redis.cluster', `one server with ${servers[0]?.replicas ?? 0} replicas`);
  const failed = servers.filter(({ clusterState }) => clusterState !== 'ok');
  if (failed.length > 0) return fail('redis.cluster', `${namesOf(failed)} says that the cluster is not well`, 'see redis-cli cluster nodes');
  const alone = servers.filter(({ replicas }) => replicas === 0);
  if (alone.length > 0) return warn('redis.cluster', `${namesOf(alone)} has no replica`, 'add one: its slots stand still when it dies');
  const covered = servers.filter(({ requiresFullCoverage }) => requiresFullCoverage === true);
  const detail = `${servers.length} masters, each with a replica`;
  if (covered.length === 0) return pass('redis.cluster', detail);
  return warn('redis.cluster', `${detail}; cluster-require-full-coverage is yes`, 'set it to no, so that the other slots go on during a failover');
};

/** Returns what the masters' own words mean for a deployment. */
export function judgeRedis(servers: readonly ServerFacts[]): readonly Finding[] {
  return [judgeVersion, judgePersistence, judgeEviction, judgeMemory, judgeCluster].map((judge) => judge(servers));
}
