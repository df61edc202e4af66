import { quantileOf } from '../figure.ts';
import type { BenchServer } from '../redis/bench-server.ts';
import { runRedisBenchmark, xaddOfOneTick } from '../redis/redis-benchmark.ts';
import type { Measured } from '../samples.ts';
import { openBenchBus } from './bench-bus.ts';
import { fillLog } from './fill-log.ts';
import type { LogShape, Outcome } from './orders.ts';
import { rereadOutputs } from './reread-outputs.ts';
import type { BenchMember } from './start-member.ts';

/** What the steps of the bus benchmark work with. */
export type Workplace = Readonly<{ server: BenchServer; processor: BenchMember; sequencer: BenchMember; writer: BenchMember; tailer: BenchMember }>;

const RIVAL_REQUESTS = 500_000;
const PING_REQUESTS = 10_000;
const NAMESPACE = 'bench';

const ticksIn = ({ partitions, entries, ticks }: LogShape): number => partitions * entries * ticks;

const reread = async ({ server }: Workplace, shape: LogShape): Promise<void> => {
  const bus = await openBenchBus({ redisUrl: server.url, namespace: NAMESPACE, partitions: shape.partitions, member: 'bench-reader' });
  try {
    await rereadOutputs(bus, shape);
  } finally {
    await bus.close();
  }
};

/** Measures one XADD at P64 and, on the same idle server, PING. */
export async function measureRival({ server }: Workplace): Promise<Measured> {
  await server.clear();
  const xadd = await runRedisBenchmark(server, { command: xaddOfOneTick, requests: RIVAL_REQUESTS, clients: 50, pipeline: 64 });
  const ping = await runRedisBenchmark(server, { command: ['PING'], requests: PING_REQUESTS, clients: 1, pipeline: 1 });
  await server.clear();
  return { xaddCpuUs: xadd.cpuUs, pingP50Ms: ping.p50Ms };
}

const measured = async (server: BenchServer, work: () => Promise<Outcome>): Promise<Readonly<{ redisUs: number; outcome: Outcome }>> => {
  const before = await server.cpuUs();
  const outcome = await work();
  return { redisUs: (await server.cpuUs()) - before, outcome };
};

/** What committing a log is measured under: names of its samples end in `suffix`. */
export type CommitStep = Readonly<{ shape: LogShape; batchEntries?: number; suffix: string; recovery?: boolean }>;

/** Fills a log, has a member fold and commit all of it, and reads every output again. */
export async function measureCommits(place: Workplace, { shape, suffix, batchEntries, recovery = false }: CommitStep): Promise<Measured> {
  const { server, processor } = place;
  await server.clear();
  await fillLog(server.client, NAMESPACE, shape);
  const order = { redisUrl: server.url, namespace: NAMESPACE, shape } as const;
  const batch = batchEntries === undefined ? {} : { batchEntries };
  const { redisUs, outcome } = await measured(server, () => processor.give({ ...order, ...batch, role: 'process' }).done);
  await reread(place, shape);
  const restored = recovery ? await processor.give({ ...order, role: 'restore' }).done : undefined;
  await server.clear();
  const ticks = ticksIn(shape);
  return {
    [`redisUs${suffix}`]: redisUs / ticks,
    [`ourUs${suffix}`]: outcome.cpuUs / ticks,
    [`ticksPerSecond${suffix}`]: (ticks * 1_000) / outcome.wallMs,
    ...(restored === undefined ? {} : { [`recovery${suffix}`]: (shape.partitions * shape.entries * 1_000) / restored.wallMs }),
  };
}

/** Has a member write a log as its sequencer. */
export async function measureSequencer({ server, sequencer }: Workplace, shape: LogShape): Promise<Measured> {
  await server.clear();
  const order = { role: 'sequence', redisUrl: server.url, namespace: NAMESPACE, shape } as const;
  const { redisUs, outcome } = await measured(server, () => sequencer.give(order).done);
  await server.clear();
  const entries = shape.partitions * shape.entries;
  return { sequencedPerCpuSecond: (entries * 1e6) / outcome.cpuUs, sequencedRedisUs: redisUs / entries };
}

/** How hops are measured: a pace, and how the names of the samples end. */
export type HopStep = Readonly<{ shape: LogShape; entriesPerSecond: number; suffix: string }>;

/** Measures from the XADD of a market entry in one process to its output at a tail in another, while a third folds. */
export async function measureHop(place: Workplace, { shape, entriesPerSecond, suffix }: HopStep): Promise<Measured> {
  const { server, processor, tailer, writer } = place;
  await server.clear();
  const order = { redisUrl: server.url, namespace: NAMESPACE, shape } as const;
  const folding = processor.give({ ...order, role: 'process' });
  const tailing = tailer.give({ ...order, role: 'tail' });
  await Promise.all([folding.ready, tailing.ready]);
  await writer.give({ ...order, role: 'write', entriesPerSecond }).done;
  await folding.done;
  const { latenciesMs } = await tailing.done;
  await server.clear();
  return { [`hopP50Ms${suffix}`]: quantileOf(latenciesMs, 0.5), [`hopP99Ms${suffix}`]: quantileOf(latenciesMs, 0.99) };
}
