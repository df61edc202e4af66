import type { Bench, BenchContext } from '../bench-context.ts';
import { createFigure, type Figure, type FigureOptions, type Rival } from '../figure.ts';
import { startBenchServer } from '../redis/bench-server.ts';
import { hasRedisBenchmark, NO_REDIS_BENCHMARK } from '../redis/redis-benchmark.ts';
import { runRounds, type Samples, type Steps } from '../samples.ts';
import { measureCommits, measureHop, measureRival, measureSequencer, type Workplace } from './bus-steps.ts';
import { startMember } from './start-member.ts';

const PARTITIONS = 16;
const TICKS_PER_SECOND = 10_000;

const shapes = {
  packed: { partitions: PARTITIONS, entries: 4_000, ticks: 20, form: 'packed' },
  json: { partitions: PARTITIONS, entries: 2_000, ticks: 20, form: 'json' },
  single: { partitions: PARTITIONS, entries: 10_000, ticks: 1, form: 'json' },
  hop: { partitions: PARTITIONS, entries: 100, ticks: 20, form: 'json' },
  hopSingle: { partitions: PARTITIONS, entries: 1_500, ticks: 1, form: 'json' },
} as const;

const ENTRIES_PER_COMMIT = 16;

const stepsOf = (place: Workplace, withRival: boolean): Steps => ({
  ...(withRival ? { 'redis-benchmark': () => measureRival(place) } : {}),
  '20 ticks an entry, 16 entries a commit, packed': () =>
    measureCommits(place, { shape: shapes.packed, batchEntries: ENTRIES_PER_COMMIT, suffix: '20x16', recovery: true }),
  '20 ticks an entry, 16 entries a commit, JSON': () =>
    measureCommits(place, { shape: shapes.json, batchEntries: ENTRIES_PER_COMMIT, suffix: '20x16Json' }),
  'one tick an entry, JSON': () => measureCommits(place, { shape: shapes.single, suffix: '1' }),
  sequencer: () => measureSequencer(place, shapes.packed),
  'hop at 20 ticks an entry': () => measureHop(place, { shape: shapes.hop, entriesPerSecond: TICKS_PER_SECOND / 20, suffix: '20' }),
  'hop at one tick an entry': () => measureHop(place, { shape: shapes.hopSingle, entriesPerSecond: TICKS_PER_SECOND, suffix: '1' }),
});

type Row = Readonly<Pick<FigureOptions, 'name' | 'unit' | 'better' | 'target' | 'absolute'> & { sample: string; rival: Rival }>;

const rowsOf = (samples: Samples): readonly Row[] => {
  const rivalOf = (name: string, sample: string): Rival =>
    samples.has(sample) ? { name, samples: samples.of(sample) } : { missing: NO_REDIS_BENCHMARK };
  const xadd = rivalOf('redis-benchmark XADD P64', 'xaddCpuUs');
  const ping = rivalOf('redis-benchmark PING p50', 'pingP50Ms');
  const bound: Rival = { missing: 'the bound is absolute' };
  const own: Rival = { missing: 'no other program does this' };
  return [
    { name: 'redis_cpu_per_committed_tick', sample: 'redisUs20x16', unit: 'us', better: 'lower', rival: xadd, target: 0.5 },
    { name: 'our_cpu_per_tick', sample: 'ourUs20x16', unit: 'us', better: 'lower', rival: bound, target: 1, absolute: true },
    { name: 'redis_cpu_per_committed_tick_json', sample: 'redisUs20x16Json', unit: 'us', better: 'lower', rival: xadd, target: 0.5 },
    { name: 'our_cpu_per_tick_json', sample: 'ourUs20x16Json', unit: 'us', better: 'lower', rival: bound, target: 1, absolute: true },
    { name: 'redis_cpu_per_committed_tick_1', sample: 'redisUs1', unit: 'us', better: 'lower', rival: xadd, target: 1.2, absolute: true },
    { name: 'our_cpu_per_tick_1', sample: 'ourUs1', unit: 'us', better: 'lower', rival: own },
    { name: 'ticks_per_second', sample: 'ticksPerSecond20x16', unit: '1/s', better: 'higher', rival: own },
    { name: 'hop_p50', sample: 'hopP50Ms20', unit: 'ms', better: 'lower', rival: ping, target: 15 },
    { name: 'hop_p99', sample: 'hopP99Ms20', unit: 'ms', better: 'lower', rival: ping },
    { name: 'hop_p50_1', sample: 'hopP50Ms1', unit: 'ms', better: 'lower', rival: ping },
    { name: 'hop_p99_1', sample: 'hopP99Ms1', unit: 'ms', better: 'lower', rival: ping },
    { name: 'sequencer_entries_per_cpu_second', sample: 'sequencedPerCpuSecond', unit: '1/s', better: 'higher', rival: own },
    { name: 'sequencer_redis_cpu_per_entry', sample: 'sequencedRedisUs', unit: 'us', better: 'lower', rival: own },
    { name: 'recovery_entries_per_second', sample: 'recovery20x16', unit: '1/s', better: 'higher', rival: own },
  ];
};

const figuresOf = (samples: Samples): readonly Figure[] =>
  rowsOf(samples).map(({ sample, ...row }) => createFigure({ ...row, bench: 'bus', samples: samples.of(sample) }));

const openWorkplace = async ({ profileFolder }: BenchContext): Promise<Workplace> => ({
  server: await startBenchServer(),
  processor: startMember(profileFolder),
  sequencer: startMember(undefined),
  writer: startMember(undefined),
  tailer: startMember(undefined),
});

/** Measures the bus by its real processor, sequencer and tail, each in a process of its own. */
export const benchBus: Bench = async (context) => {
  const place = await openWorkplace(context);
  try {
    const steps = stepsOf(place, await hasRedisBenchmark());
    return figuresOf(await runRounds(context.rounds, steps, context.progress));
  } finally {
    await Promise.all([place.processor, place.sequencer, place.writer, place.tailer].map((member) => member.stop()));
    await place.server.stop();
  }
};
