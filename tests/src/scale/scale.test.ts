import { describe, expect, it } from '@jest/globals';
import type { CallCost, Costs, ServiceCost } from './costs.ts';
import { findSize } from './find-size.ts';
import { type Scenario, simulate } from './simulate.ts';
import { createStation } from './station.ts';
import { createTimeline } from './timeline.ts';
import { placePartitions } from './topology.ts';
import { whatBreaksFirst } from './what-breaks.ts';
import { partitionRates } from './workload.ts';

const nothing: CallCost = { perCallUs: 0, perEntryUs: 0, perTickUs: 0 };
const service = (name: string, change: Partial<ServiceCost> = {}): ServiceCost => ({
  name,
  member: { perCallUs: 10, perEntryUs: 5, perTickUs: 1 },
  redisRead: nothing,
  redisCommit: { perCallUs: 10, perEntryUs: 2, perTickUs: 0.2 },
  writes: { perEntry: 100, perTick: 60 },
  ...change,
});
const costs: Costs = {
  measured: 'made up',
  roundTripUs: 100,
  marketBytes: { perEntry: 100, perTick: 60 },
  services: [service('ingest'), service('indicator', { redisRead: { perCallUs: 5, perEntryUs: 1, perTickUs: 0.1 } })],
};
const scenario = (change: Partial<Scenario> = {}): Scenario => ({
  costs,
  size: { masters: 2, slots: 16, members: { ingest: 2, indicator: 2 } },
  perPartition: new Float64Array(16).fill(1_000),
  flushUs: 1_000,
  seconds: 2,
  seed: 7,
  ...change,
});

describe('the simulation', () => {
  it('lets a station wait as queueing theory says (M/D/1 at 70 %: 1.17 services)', () => {
    const station = createStation('one');
    const timeline = createTimeline();
    let state = 1;
    const uniform = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
    let waitedUs = 0;
    const arrivals = 200_000;
    const arrive = (left: number): void => {
      waitedUs += station.serve(timeline.nowUs(), 70) - timeline.nowUs() - 70;
      if (left > 1) timeline.at(timeline.nowUs() - 100 * Math.log(uniform()), () => arrive(left - 1));
    };
    timeline.at(0, () => arrive(arrivals));
    timeline.runUntil(Number.MAX_SAFE_INTEGER);
    expect(waitedUs / arrivals / 70).toBeCloseTo(0.7 / (2 * (1 - 0.7)), 1);
  });

  it('loses no tick: what is offered is committed by every service, but for what is under way at the end', () => {
    const outcome = simulate(scenario());
    expect(outcome.ticks).toBeGreaterThan(31_000);
    expect(outcome.ticks).toBeLessThan(33_000);
    expect(outcome.backlog).toEqual({ ingest: 0, indicator: 0 });
    expect(simulate(scenario())).toEqual(outcome);
  });

  it('works in batches once there is more to do than entries one by one allow', () => {
    const light = simulate(scenario({ perPartition: new Float64Array(16).fill(50) }));
    const heavy = simulate(scenario({ perPartition: new Float64Array(64).fill(25_000), seconds: 0.5 }));
    expect(light.entriesPerCommit).toBeLessThan(2);
    expect(heavy.entriesPerCommit).toBeGreaterThan(3);
    expect(heavy.latencyMs['indicator']?.p99).toBeGreaterThan(light.latencyMs['indicator']?.p99 ?? Infinity);
  });

  it('keeps what arrives while a master is away, and takes it afterwards', () => {
    const away = scenario({ pauses: [{ master: 0, fromS: 0.5, forS: 0.5 }] });
    const outcome = simulate(away);
    expect(outcome.latencyMs['ingest']?.most).toBeGreaterThan(450);
    expect(outcome.backlog).toEqual({ ingest: 0, indicator: 0 });
  });

  it('finds a fleet that is busy as asked, and names what breaks first when the load rises', () => {
    const perPartition = new Float64Array(64).fill(60_000);
    const { size, outcome } = findSize({ costs, perPartition, slots: 16, flushUs: 1_000, use: 0.7, seconds: 0.2, seed: 1 });
    expect(size.members['indicator']).toBeGreaterThan(5);
    for (const { mean } of Object.values(outcome.utilisation)) expect(mean).toBeLessThan(0.8);
    const broken = whatBreaksFirst(scenario({ size, perPartition, seconds: 0.2 }), [1, 1.5, 2, 4]);
    expect(broken?.load).toBeGreaterThan(1);
    expect(broken?.saturated.length).toBeGreaterThan(0);
  });
});

describe('the market', () => {
  it('spreads all ticks over the partitions, the busiest instrument by its rank', () => {
    const { perPartition, busiestInstrument } = partitionRates({ instruments: 10_000, ticksPerS: 1_000_000, zipfExponent: 1, partitions: 64 });
    expect(perPartition.reduce((sum, rate) => sum + rate, 0)).toBeCloseTo(1_000_000, 3);
    expect(busiestInstrument).toBeCloseTo(1_000_000 / 9.787_606, 0);
    expect(Math.max(...perPartition)).toBeGreaterThan(busiestInstrument);
  });

  it('is placed so that no member carries much more than the mean', () => {
    const { perPartition } = partitionRates({ instruments: 100_000, ticksPerS: 1_000_000, zipfExponent: 0.8, partitions: 1_024 });
    const owners = placePartitions(perPartition, 20);
    const loads = Array.from({ length: 20 }, (_, member) => perPartition.reduce((sum, rate, p) => sum + (owners[p] === member ? rate : 0), 0));
    expect(Math.max(...loads) / 50_000).toBeLessThan(1.05);
  });
});
