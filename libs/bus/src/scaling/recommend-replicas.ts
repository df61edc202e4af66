import { findBottleneck, hotPartition } from './find-bottleneck.ts';
import { type MemberWork, trueRate, workOfMembers } from './processing-rate.ts';
import type { Bottleneck, Demand, ScalingAdvice, ScalingInputs } from './scaling-inputs.ts';

/** What waits is to be worked off within this. */
export const CATCH_UP_S = 60;
/** Share of their time that members are to be busy: the rest is room for bursts. */
export const TARGET_BUSY = 0.7;
/** Members are let go only when they were not needed for so long. */
export const DOWN_AFTER_MS = 300_000;
/** A need this close to what runs changes nothing. */
export const TOLERANCE = 0.1;

/** Beyond this share of a core a partition works off its backlog alone, and other members cannot help it. */
const SATURATED = 0.9;

type Figures = Readonly<{
  members: readonly MemberWork[];
  lagEntries: number | null;
  /** Waiting entries that more members would help with. */
  divisible: number;
  perMember: number | null;
  bottleneck: Bottleneck;
}>;

const figuresOf = (inputs: ScalingInputs): Figures => {
  const members = workOfMembers(inputs.partitions);
  const lags = inputs.partitions.map(({ lagEntries }) => lagEntries);
  const lagEntries = lags.includes(null) ? null : lags.reduce<number>((sum, lag) => sum + (lag ?? 0), 0);
  const divisible = inputs.partitions.reduce((sum, { busy, lagEntries: lag }) => sum + (busy > SATURATED ? 0 : (lag ?? 0)), 0);
  return { members, lagEntries, divisible, perMember: trueRate(members[0]), bottleneck: findBottleneck(inputs, members) };
};

/** Returns how many members are needed now, or undefined when that cannot be told. */
const neededNow = ({ rate, current, maxReplicas }: ScalingInputs, { lagEntries, divisible, perMember }: Figures): number | undefined => {
  if (rate === null || lagEntries === null) return undefined;
  if (perMember === null) return lagEntries === 0 ? 1 : undefined;
  const exact = (rate + divisible / CATCH_UP_S) / (TARGET_BUSY * perMember);
  const isClose = current > 0 && Math.abs(exact / current - 1) <= TOLERANCE;
  return Math.min(maxReplicas, Math.max(1, isClose ? current : Math.ceil(exact)));
};

const catchUpS = (recommended: number, { rate }: ScalingInputs, { lagEntries, divisible, perMember }: Figures): number | null => {
  // What waits in a partition that has a core to itself is worked off at that partition's own pace, which nobody can promise.
  if (lagEntries === null || rate === null || divisible < lagEntries) return null;
  if (lagEntries === 0) return 0;
  const spare = perMember === null ? 0 : recommended * perMember - rate;
  return spare <= 0 ? null : Math.ceil(lagEntries / spare);
};

const tenths = (value: number | null): number | null => (value === null ? null : Math.round(value * 10) / 10);
const round = (value: number): number => (value < 10 ? Math.round(value * 10) / 10 : Math.round(value));

const bottleneckWords = (bottleneck: Bottleneck, members: readonly MemberWork[]): string => {
  const hot = hotPartition(members);
  switch (bottleneck) {
    case 'none':
      return '';
    case 'hot_partition':
      return `; partition ${hot?.partition} alone keeps ${hot?.member} busy for ${Math.round((hot?.busy ?? 0) * 100)} % of a core: more members do not help it, a member of its own does`;
    case 'redis':
      return '; Redis is what members wait for';
    case 'database':
      return '; members wait for the database';
    case 'script_budget':
      return '; members wait for scripts, which have used up their budget';
    case 'slow_clients':
      return '; members wait for clients that read slowly';
  }
};

const unknownWords = ({ rate }: ScalingInputs, { lagEntries, perMember }: Figures): string => {
  if (lagEntries === null) return 'the lag of a partition is unknown, so the members that run are kept';
  if (rate === null) return 'the rate of arrival is not measured yet, so the members that run are kept';
  return perMember === null ? `${lagEntries} entries wait and no member works on them, so more members are not the answer` : '';
};

const neededWords = (inputs: ScalingInputs, { lagEntries, perMember, members }: Figures, needed: number): string => {
  if (perMember === null) return `nothing waits and members are idle: ${needed} suffices`;
  const waiting = lagEntries === 0 ? 'nothing waits' : `${lagEntries} wait, to be worked off in ${CATCH_UP_S} s`;
  const speed = `${members[0]?.member} takes ${round(perMember)} entries per busy second`;
  return `${round(inputs.rate ?? 0)} entries a second arrive and ${waiting}; ${speed}; at ${TARGET_BUSY * 100} % busy that is ${needed}`;
};

/** Returns the needs of the last minutes with today's added: those that a let-go waits for. */
export function remember(history: readonly Demand[], nowMs: number, needed: number): readonly Demand[] {
  const recent = history.filter(([atMs, replicas]) => atMs > nowMs - DOWN_AFTER_MS && atMs <= nowMs && replicas > needed);
  // Ascending in time and descending in need: what is older and smaller never decides again.
  return [...recent, [nowMs, needed]];
}

/**
 * Returns how many members a service should have, by the true processing rate of its busiest member: ceil((arrival + waiting / 60 s) /
 * (0.7 × entries per busy second)), at most one a partition. A higher need counts at once, a lower one when nothing above it was needed
 * for 300 s, and one within 10 % of what runs not at all. The history to be given next time comes with it.
 */
export function recommendReplicas(inputs: ScalingInputs): Readonly<{ advice: ScalingAdvice; history: readonly Demand[] }> {
  const figures = figuresOf(inputs);
  const needed = neededNow(inputs, figures);
  const history = needed === undefined ? inputs.history : remember(inputs.history, inputs.nowMs, needed);
  const floor = needed === undefined ? Math.max(1, inputs.current) : needed;
  const recommended = Math.max(floor, ...history.filter(([atMs]) => atMs > inputs.nowMs - DOWN_AFTER_MS).map(([, replicas]) => replicas));
  const words = needed === undefined ? unknownWords(inputs, figures) : neededWords(inputs, figures, needed);
  const kept = needed !== undefined && recommended > needed ? `; ${recommended} were needed in the last ${DOWN_AFTER_MS / 1_000} s` : '';
  const { lagEntries, perMember, bottleneck, members } = figures;
  const advice: ScalingAdvice = {
    service: inputs.service,
    recommended,
    current: inputs.current,
    reason: `${words}${kept}${bottleneckWords(bottleneck, members)}`,
    bottleneck,
    inputs: { rate: tenths(inputs.rate), lagEntries, lagMs: inputs.lagMs, perMember: tenths(perMember) },
    predictedCatchUpS: catchUpS(recommended, inputs, figures),
  };
  return { advice, history };
}
