import { describe, expect, it } from '@jest/globals';
import { createLagOnlyRule, type LoadShape, PER_MEMBER, playShape, type ScalingRule, type ShapeResult } from '../fixtures/simulated-fleet.ts';
import { recommendReplicas } from './recommend-replicas.ts';
import type { Demand, ScalingAdvice } from './scaling-inputs.ts';

const PARTITIONS = 64;
const even = Array.from({ length: PARTITIONS }, () => 1);

/** Shares of partitions as symbols have them: a few are large. */
const skewed = Array.from({ length: PARTITIONS }, (_, i) => 1 / (i + 8));
/** One partition with 35 % of everything. */
const oneHot = even.map((_, i) => (i === 3 ? 34 : 1));

const shapes: readonly LoadShape[] = [
  { name: 'step', seconds: 3_600, members: 2, weights: skewed, rateAt: (s) => (s < 600 ? 800 : 4_000) },
  { name: 'ramp', seconds: 3_600, members: 2, weights: skewed, rateAt: (s) => 500 + Math.min(1, s / 2_400) * 5_500 },
  { name: 'burst', seconds: 3_600, members: 2, weights: skewed, rateAt: (s) => (s % 900 >= 600 && s % 900 < 660 ? 5_000 : 1_000) },
  {
    name: 'market open',
    seconds: 7_200,
    members: 2,
    weights: skewed,
    rateAt: (s) => (s < 900 ? 100 : 1_500 + 6_500 * Math.exp(-(s - 900) / 1_200)),
  },
  { name: 'hot partition', seconds: 3_600, members: 3, weights: oneHot, rateAt: (s) => (s < 600 ? 1_200 : 3_200) },
  { name: 'dead member', seconds: 3_600, members: 5, weights: even, rateAt: () => 3_000, deadAt: 1_200 },
];

/** Our advice as a rule; every advice of a play is kept. */
const createOurRule = (given: ScalingAdvice[] = []): ScalingRule => {
  let history: readonly Demand[] = [];
  return (view) => {
    const found = recommendReplicas({ service: 'indicator', maxReplicas: PARTITIONS, history, ...view });
    history = found.history;
    given.push(found.advice);
    return found.advice.recommended;
  };
};

const lagOnly = (downAfterMs: number): ScalingRule => createLagOnlyRule({ entriesPerMember: PER_MEMBER, maxReplicas: PARTITIONS, downAfterMs });

const inWords = ({ flips, lateSeconds, memberSeconds }: ShapeResult): string =>
  `${flips} flips, ${lateSeconds} s late, ${memberSeconds} member seconds`;
const sumOf = (results: readonly ShapeResult[]): ShapeResult => {
  const sum = (key: keyof ShapeResult): number => results.reduce((total, result) => total + result[key], 0);
  return {
    flips: sum('flips'),
    lateSeconds: sum('lateSeconds'),
    memberSeconds: sum('memberSeconds'),
    mostMembers: sum('mostMembers'),
    lagAtEnd: sum('lagAtEnd'),
  };
};

/** Plays a shape under the advice, under the lag alone, and under the lag alone with five minutes' patience. */
const play = (shape: LoadShape) => ({
  name: shape.name,
  ours: playShape(shape, createOurRule()),
  bare: playShape(shape, lagOnly(0)),
  patient: playShape(shape, lagOnly(300_000)),
});

const played = shapes.map(play);

describe('the advice by true processing rate, against a rule that looks at the lag alone', () => {
  for (const { name, ours, bare, patient } of played) {
    it(`at a ${name}: ${inWords(ours)}; lag alone: ${inWords(bare)}, with patience ${inWords(patient)}`, () => {
      expect(ours.flips).toBeLessThanOrEqual(Math.min(bare.flips, patient.flips));
      expect(ours.lateSeconds).toBeLessThan(Math.min(bare.lateSeconds, patient.lateSeconds));
      expect(ours.memberSeconds).toBeLessThan(patient.memberSeconds);
    });
  }

  const [ours, bare, patient] = (['ours', 'bare', 'patient'] as const).map((key) => sumOf(played.map((one) => one[key]))) as [
    ShapeResult,
    ShapeResult,
    ShapeResult,
  ];
  it(`over all shapes: ${inWords(ours)}; lag alone: ${inWords(bare)}, with patience ${inWords(patient)}`, () => {
    expect(ours.flips * 5).toBeLessThan(patient.flips);
    expect(ours.flips * 20).toBeLessThan(bare.flips);
    expect(ours.memberSeconds * 2).toBeLessThan(patient.memberSeconds);
  });

  it('is an eighth as late as the lag alone with patience where members can help at all, and a fortieth without', () => {
    const helpable = played.filter(({ name }) => name !== 'hot partition');
    const late = (key: 'ours' | 'patient' | 'bare'): number => sumOf(helpable.map((one) => one[key])).lateSeconds;
    expect(late('ours') * 8).toBeLessThan(late('patient'));
    expect(late('ours') * 40).toBeLessThan(late('bare'));
  });

  it('names a hot partition and does not throw members at it', () => {
    const given: ScalingAdvice[] = [];
    const shape = shapes.find(({ name }) => name === 'hot partition') as LoadShape;
    const { mostMembers } = playShape(shape, createOurRule(given));
    const last = given.at(-1);
    expect(last).toMatchObject({ bottleneck: 'hot_partition', predictedCatchUpS: null });
    expect(last?.reason).toContain('partition 3 alone keeps');
    expect(mostMembers).toBeLessThanOrEqual(6);
  });
});
