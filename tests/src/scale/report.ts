import type { Bandwidth } from './bytes.ts';
import type { Outcome } from './simulate.ts';
import type { FleetSize } from './topology.ts';
import type { Breakage } from './what-breaks.ts';

/** Everything one question came to. */
export type Report = Readonly<{
  instruments: number;
  ticksPerS: number;
  partitions: number;
  busiestInstrumentPerS: number;
  busiestPartitionPerS: number;
  size: FleetSize;
  outcome: Outcome;
  bandwidth: Bandwidth;
  breaks: Breakage | undefined;
  masterAway: Outcome;
}>;

const GIGABIT = 125_000_000;
const percent = (share: number): string => `${Math.round(share * 100)} %`;
const gigabits = (bytes: number): string => `${(bytes / GIGABIT).toFixed(1)} Gbit/s`;

const stationLine = (report: Report, name: string): string => {
  const used = report.outcome.utilisation[name];
  const count = name === 'redis' ? report.size.masters : (report.size.members[name] ?? 0);
  return `| ${name} | ${count} | ${percent(used?.mean ?? 0)} | ${percent(used?.most ?? 0)} |`;
};

const latencyLine = (report: Report, name: string): string => {
  const calm = report.outcome.latencyMs[name];
  const away = report.masterAway.latencyMs[name];
  return `| ${name} | ${calm?.p50.toFixed(1)} ms | ${calm?.p99.toFixed(1)} ms | ${away?.p99.toFixed(0)} ms |`;
};

/** Returns the report as Markdown. */
export function formatReport(report: Report): string {
  const services = Object.keys(report.size.members);
  const { bandwidth, breaks } = report;
  return [
    `${report.instruments.toLocaleString('en')} instruments, ${report.ticksPerS.toLocaleString('en')} ticks/s, ${report.partitions} partitions in ${report.size.slots} slots.`,
    `Busiest instrument ${Math.round(report.busiestInstrumentPerS).toLocaleString('en')} ticks/s, busiest partition ${Math.round(report.busiestPartitionPerS).toLocaleString('en')}; ${report.outcome.entriesPerCommit.toFixed(1)} entries a commit.`,
    '',
    '| station | cores | busy, mean | busy, most |',
    '|---|---|---|---|',
    ...['redis', ...services].map((name) => stationLine(report, name)),
    '',
    '| committed by | p50 | p99 | p99 with a master away for 3.3 s |',
    '|---|---|---|---|',
    ...services.map((name) => latencyLine(report, name)),
    '',
    `Redis takes in ${gigabits(bandwidth.inBytesPerS)}, sends ${gigabits(bandwidth.outBytesPerS)}, and ${gigabits(bandwidth.replicationBytesPerS)} to replicas; a master ${gigabits((bandwidth.inBytesPerS + bandwidth.outBytesPerS + bandwidth.replicationBytesPerS) / report.size.masters)}.`,
    breaks === undefined ? 'Nothing breaks up to the loads tried.' : `At ${breaks.load} × the load ${breaks.saturated.join(', ')} cannot follow.`,
    '',
  ].join('\n');
}
