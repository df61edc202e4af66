import { SignalError } from '@signal/contracts';
import { randomLcg, randomPoisson } from 'd3-random';
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import type { Costs, ServiceCost } from './costs.ts';
import { createServiceLoop, type Entry, type ServiceLoop } from './service-loop.ts';
import { createStation, type Station } from './station.ts';
import { createTimeline, type Timeline } from './timeline.ts';
import { type FleetSize, masterOf, placePartitions } from './topology.ts';

/** What is simulated. `shape` multiplies the rate at a time in seconds; `pauses` takes masters away for a while. */
export type Scenario = Readonly<{
  costs: Costs;
  size: FleetSize;
  perPartition: Float64Array;
  flushUs: number;
  seconds: number;
  seed: number;
  shape?: (second: number) => number;
  pauses?: readonly Readonly<{ master: number; fromS: number; forS: number }>[];
}>;

/** What came of it: utilisation is a share of one core; latency runs from a tick's arrival to the commit of what was made of it. */
export type Outcome = Readonly<{
  ticks: number;
  utilisation: Readonly<Record<string, Readonly<{ mean: number; most: number }>>>;
  latencyMs: Readonly<Record<string, Readonly<{ p50: number; p99: number; most: number }>>>;
  /** Entries not yet committed at the end, by service. */
  backlog: Readonly<Record<string, number>>;
  entriesPerCommit: number;
}>;

const BATCH_ENTRIES = 200;
const US = 1_000_000;

type Fleet = Readonly<{
  masters: readonly Station[];
  members: ReadonlyMap<string, readonly Station[]>;
  loops: ReadonlyMap<string, readonly ServiceLoop[]>;
  latency: ReadonlyMap<string, RecordableHistogram>;
  commits: { calls: number; entries: number };
}>;

type Wiring = Readonly<{ timeline: Timeline; scenario: Scenario; fleet: Fleet }>;

const namedStations = (name: string, count: number): Station[] => Array.from({ length: count }, (_, i) => createStation(`${name}-${i + 1}`));

/** One loop per member and slot in which it owns anything; the array is by partition. */
const loopsOf = (wiring: Wiring, service: ServiceCost, committed: (entries: readonly Entry[], atUs: number) => void): readonly ServiceLoop[] => {
  const { scenario, fleet, timeline } = wiring;
  const { size, costs } = scenario;
  const stations = fleet.members.get(service.name) ?? [];
  const owners = placePartitions(scenario.perPartition, stations.length);
  const known = new Map<string, ServiceLoop>();
  return Array.from(owners, (owner, partition) => {
    const key = `${owner}:${partition % size.slots}`;
    const member = stations[owner];
    const master = fleet.masters[masterOf(partition, size)];
    if (member === undefined || master === undefined)
      throw new SignalError('argument_invalid', `partition ${partition} of ${service.name} has no member or no master`);
    const options = { timeline, service, member, master, roundTripUs: costs.roundTripUs, batchEntries: BATCH_ENTRIES, committed };
    const loop = known.get(key) ?? createServiceLoop(options);
    known.set(key, loop);
    return loop;
  });
};

const offerBatch = (loops: readonly ServiceLoop[], entries: readonly Entry[]): void => {
  for (const [loop, group] of Map.groupBy(entries, ({ partition }) => loops[partition])) loop?.offer(group);
};

const observe = (fleet: Fleet, service: string, at: Readonly<{ entries: readonly Entry[]; atUs: number }>): void => {
  const histogram = fleet.latency.get(service);
  for (const { bornUs } of at.entries) histogram?.record(Math.max(1, Math.round(at.atUs - bornUs)));
  fleet.commits.calls += 1;
  fleet.commits.entries += at.entries.length;
};

const wire = (scenario: Scenario, timeline: Timeline): Fleet => {
  const { costs, size } = scenario;
  const loops = new Map<string, readonly ServiceLoop[]>();
  const fleet: Fleet = {
    masters: namedStations('redis', size.masters),
    members: new Map(costs.services.map(({ name }) => [name, namedStations(name, size.members[name] ?? 1)])),
    loops,
    latency: new Map(costs.services.map(({ name }) => [name, createHistogram()])),
    commits: { calls: 0, entries: 0 },
  };
  const [ingest, ...readers] = costs.services;
  for (const service of readers) {
    loops.set(
      service.name,
      loopsOf({ timeline, scenario, fleet }, service, (entries, atUs) => observe(fleet, service.name, { entries, atUs })),
    );
  }
  if (ingest === undefined) return fleet;
  const published = (entries: readonly Entry[], atUs: number): void => {
    observe(fleet, ingest.name, { entries, atUs });
    for (const { name } of readers) offerBatch(loops.get(name) ?? [], entries);
  };
  loops.set(ingest.name, loopsOf({ timeline, scenario, fleet }, ingest, published));
  return fleet;
};

const feed = ({ timeline, scenario, fleet }: Wiring): (() => number) => {
  const { perPartition, flushUs, seed, costs } = scenario;
  const source = randomLcg(seed / 2 ** 32);
  const loops = fleet.loops.get(costs.services[0]?.name ?? '') ?? [];
  const draws = Array.from(perPartition, (rate) => randomPoisson.source(source)((rate * flushUs) / US));
  const thin = randomPoisson.source(source);
  let total = 0;
  const flush = (): void => {
    const nowUs = timeline.nowUs();
    const factor = scenario.shape?.(nowUs / US) ?? 1;
    const entries: Entry[] = [];
    draws.forEach((draw, partition) => {
      const ticks = factor === 1 ? draw() : thin(((perPartition[partition] ?? 0) * factor * flushUs) / US)();
      if (ticks > 0) entries.push({ partition, ticks, bornUs: nowUs - flushUs / 2 });
      total += ticks;
    });
    offerBatch(loops, entries);
    timeline.at(nowUs + flushUs, flush);
  };
  timeline.at(flushUs, flush);
  return () => total;
};

const usedBy = (stations: readonly Station[], seconds: number): Readonly<{ mean: number; most: number }> => {
  const shares = stations.map((station) => station.busyUs() / (seconds * US));
  return { mean: shares.reduce((sum, share) => sum + share, 0) / shares.length, most: Math.max(...shares) };
};

const toMs = (histogram: RecordableHistogram) => ({
  p50: histogram.percentile(50) / 1_000,
  p99: histogram.percentile(99) / 1_000,
  most: histogram.max / 1_000,
});

/** Runs a scenario and returns what came of it; the same seed gives the same outcome. */
export function simulate(scenario: Scenario): Outcome {
  const timeline = createTimeline();
  const fleet = wire(scenario, timeline);
  const total = feed({ timeline, scenario, fleet });
  for (const { master, fromS, forS } of scenario.pauses ?? []) {
    timeline.at(fromS * US, () => fleet.masters[master]?.pause((fromS + forS) * US));
  }
  timeline.runUntil(scenario.seconds * US);
  const stations: readonly (readonly [string, readonly Station[]])[] = [['redis', fleet.masters], ...fleet.members];
  return {
    ticks: total(),
    utilisation: Object.fromEntries(stations.map(([name, list]) => [name, usedBy(list, scenario.seconds)])),
    latencyMs: Object.fromEntries([...fleet.latency].map(([name, histogram]) => [name, toMs(histogram)])),
    backlog: Object.fromEntries([...fleet.loops].map(([name, list]) => [name, [...new Set(list)].reduce((sum, loop) => sum + loop.waiting(), 0)])),
    entriesPerCommit: fleet.commits.entries / Math.max(1, fleet.commits.calls),
  };
}
