import { until } from '../until.ts';
import { REDIS_HOST, type RedisProcess } from './redis-process.ts';

type Node = RedisProcess & Readonly<{ busPort: number }>;

const SLOTS = 16_384;
const FORMED_WITHIN_MS = 30_000;

const fieldOf = (info: string, name: string): string => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? '';

const giveSlots = async (masters: readonly Node[]): Promise<void> => {
  const bounds = masters.map((_, index) => Math.round((index * SLOTS) / masters.length));
  for (const [index, master] of masters.entries()) {
    const from = bounds[index] ?? 0;
    const to = (bounds[index + 1] ?? SLOTS) - 1;
    await master.ask(async (client) => {
      await client.call('cluster', ['ADDSLOTSRANGE', from, to]);
      await client.call('cluster', ['SET-CONFIG-EPOCH', index + 1]);
    });
  }
};

const meet = async (nodes: readonly Node[]): Promise<void> => {
  for (const [index, node] of nodes.entries()) {
    await node.ask(async (client) => {
      for (const other of nodes.slice(index + 1)) await client.call('cluster', ['MEET', REDIS_HOST, other.port, other.busPort]);
    });
  }
};

const knowsAll = (node: Node, count: number): Promise<boolean> =>
  node.ask(async (client) => {
    const lines = String(await client.call('cluster', ['NODES'])).split('\n');
    return lines.filter((line) => line.includes(' connected') && !line.includes('handshake')).length === count;
  });

const isWell = (node: Node): Promise<boolean> =>
  node.ask(async (client) => {
    const [cluster, replication] = [String(await client.call('cluster', ['INFO'])), await client.info('replication')];
    const isServing = fieldOf(cluster, 'cluster_state') === 'ok' && fieldOf(cluster, 'cluster_slots_ok') === String(SLOTS);
    return isServing && (fieldOf(replication, 'role') === 'master' || fieldOf(replication, 'master_link_status') === 'up');
  });

/** Makes nodes a cluster: the first ones masters that share the slots, the others their replicas in turn. Resolves once all is well. */
export async function formCluster(nodes: readonly Node[], masters: number): Promise<void> {
  const heads = nodes.slice(0, masters);
  await giveSlots(heads);
  await meet(nodes);
  const everyone = async (holds: (node: Node) => Promise<boolean>, what: string): Promise<void> => {
    for (const node of nodes) await until(() => holds(node), { what, withinMs: FORMED_WITHIN_MS });
  };
  await everyone((node) => knowsAll(node, nodes.length), 'the nodes of a cluster know each other');
  const ids = await Promise.all(heads.map((node) => node.ask((client) => client.call('cluster', ['MYID']))));
  for (const [index, replica] of nodes.slice(masters).entries())
    await replica.ask((client) => client.call('cluster', ['REPLICATE', String(ids[index % masters])]));
  await everyone(isWell, 'a cluster is well');
}
