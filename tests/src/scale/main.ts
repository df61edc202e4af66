import { isSignalError, SignalError } from '@signal/contracts';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { bandwidthOf } from './bytes.ts';
import type { Costs } from './costs.ts';
import { findSize } from './find-size.ts';
import { formatReport, type Report } from './report.ts';
import { simulate } from './simulate.ts';
import { whatBreaksFirst } from './what-breaks.ts';
import { partitionRates } from './workload.ts';

const USAGE = `npm run simulate -- [--instruments N] [--ticks N] [--partitions N] [--slots N] [--zipf X] [--use X] [--seed N] [--json]
Sizes a fleet by a discrete-event simulation with measured costs: masters, members, bytes, latency, and what breaks first.
  --instruments N  how many (default 1000000)
  --ticks N        ticks a second, all together (default 10000000)
  --partitions N   default 1024     --slots N  default 16
  --zipf X         how uneven: the busiest by rank to the power -X (default 0.8)
  --use X          share of a core that stations may work on average (default 0.7)
  --seed N         default 1
Exit: 0, or 2 for a bad command line.
`;
const EXIT_USAGE = 2;
const FLUSH_US = 1_000;
const SEARCH_SECONDS = 0.25;
const FAILOVER_S = 3.3;
const LOADS = [1.1, 1.2, 1.3, 1.4, 1.5, 2, 3];

const flags = {
  instruments: { type: 'string', default: '1000000' },
  ticks: { type: 'string', default: '10000000' },
  partitions: { type: 'string', default: '1024' },
  slots: { type: 'string', default: '16' },
  zipf: { type: 'string', default: '0.8' },
  use: { type: 'string', default: '0.7' },
  seed: { type: 'string', default: '1' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const numberOf = (name: string, text: string, bounds: readonly [number, number]): number => {
  const value = Number(text);
  if (value >= bounds[0] && value <= bounds[1]) return value;
  throw new SignalError('usage', `--${name} is "${text}", and must be a number from ${bounds[0]} to ${bounds[1]}`);
};

type Values = Readonly<Record<'instruments' | 'ticks' | 'partitions' | 'slots' | 'zipf' | 'use' | 'seed', string>>;

const reportOf = (values: Values): Report => {
  const costs = JSON.parse(readFileSync(new URL('costs.json', import.meta.url), 'utf8')) as Costs;
  const instruments = numberOf('instruments', values.instruments, [1, 10_000_000]);
  const ticksPerS = numberOf('ticks', values.ticks, [1, 1e9]);
  const partitions = numberOf('partitions', values.partitions, [16, 65_536]);
  const zipfExponent = numberOf('zipf', values.zipf, [0, 2]);
  const seed = numberOf('seed', values.seed, [0, 2 ** 31]);
  const { perPartition, busiestInstrument } = partitionRates({ instruments, ticksPerS, partitions, zipfExponent });
  const question = { costs, perPartition, slots: numberOf('slots', values.slots, [1, 1_024]), flushUs: FLUSH_US, seed };
  const { size, outcome } = findSize({ ...question, use: numberOf('use', values.use, [0.1, 0.95]), seconds: SEARCH_SECONDS });
  const scenario = { ...question, size, seconds: SEARCH_SECONDS };
  const entriesPerS = perPartition.reduce((sum, rate) => sum + (1 - Math.exp((-rate * FLUSH_US) / 1e6)) * (1e6 / FLUSH_US), 0);
  return {
    instruments,
    ticksPerS,
    partitions,
    busiestInstrumentPerS: busiestInstrument,
    busiestPartitionPerS: perPartition.reduce((most, rate) => Math.max(most, rate), 0),
    size,
    outcome,
    bandwidth: bandwidthOf(costs, { ticksPerS, entriesPerS, replicas: 1 }),
    breaks: whatBreaksFirst(scenario, LOADS),
    masterAway: simulate({ ...scenario, seconds: 1 + FAILOVER_S, pauses: [{ master: 0, fromS: 0.2, forS: FAILOVER_S }] }),
  };
};

const run = (): void => {
  const { values } = parseArgs({ options: flags });
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  const report = reportOf(values);
  process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : formatReport(report));
};

try {
  run();
} catch (error) {
  const isUsage = isSignalError(error, 'usage') || (error instanceof TypeError && 'code' in error);
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = isUsage ? EXIT_USAGE : 1;
}
