import { isClean } from './compare/counts.ts';
import { processFaults } from './faults/draw-faults.ts';
import type { ChaosResult } from './run-chaos.ts';
import { percentile } from './silence/attribute.ts';

/** Bounds that the silences are measured against. */
const TTL_FACTOR = 1.3;
const SLACK_MS = 250;
const HANDOVER_MS = 250;

/** Not by spreading: a long run has more silences than a call takes arguments. */
const longest = (values: readonly number[]): number => values.reduce((most, value) => Math.max(most, value), 0);

const stretch = (values: readonly number[]): string => `p50=${percentile(values, 0.5)} p95=${percentile(values, 0.95)} max=${longest(values)} ms`;

const killsIn = ({ done }: ChaosResult): number => done.filter(({ kind }) => processFaults.some((one) => one === kind)).length;

const faultLines = ({ done, silences }: ChaosResult): readonly string[] => {
  const kinds = [...new Set(done.map(({ kind }) => kind))].toSorted();
  return kinds.map((kind) => {
    const measured = silences.byKind.get(kind) ?? [];
    const services = Map.groupBy(
      done.filter((one) => one.kind === kind),
      ({ service }) => service ?? 'redis',
    );
    const whom = [...services].map(([service, faults]) => `${service} ${faults.length}`).join(', ');
    return `${kind}: ${done.filter((one) => one.kind === kind).length} (${whom}); silence of ${measured.length} measured: ${stretch(measured)}`;
  });
};

const boundLines = ({ silences, options }: ChaosResult): readonly string[] => {
  const ofProcesses = ['kill', 'stop', 'term'].flatMap((kind) => silences.byKind.get(kind) ?? []);
  const untouched = longest(silences.untouched);
  const bound = Math.round(TTL_FACTOR * options.leaseTtlMs + SLACK_MS);
  const p95 = percentile(ofProcesses, 0.95);
  const handOvers = silences.byKind.get('term') ?? [];
  return [
    `untouched partitions: ${silences.untouched.length} silences of 20 ms or more, ${stretch(silences.untouched)}`,
    `moves by placement: ${silences.moves.length} silences, ${stretch(silences.moves)}`,
    `silences of process faults: ${stretch(ofProcesses)}; p95 less the longest of an untouched partition is ${Math.max(0, p95 - untouched)} ms, at most ${bound} ms wanted`,
    `hand-over after SIGTERM: ${stretch(handOvers)}, at most ${HANDOVER_MS} ms wanted`,
  ];
};

/** Returns a line for each fault and for the longest silences that none explains, in the order in which they began. */
export function faultLog({ done, silences }: ChaosResult): readonly string[] {
  const beganAtMs = Math.min(...done.map(({ atMs }) => atMs));
  const faults = done.map((fault) => {
    const silence = silences.byFault.get(fault);
    const measured = silence === undefined ? 'not measured' : `silence ${silence} ms`;
    return { atMs: fault.atMs, words: `${fault.kind} ${fault.member} of [${fault.partitions.join(' ')}]: ${measured}` };
  });
  const unexplained = silences.unexplained.map(({ service, partition, fromMs, toMs }) => ({
    atMs: fromMs,
    words: `nothing befell ${service} ${partition}: silence ${toMs - fromMs} ms`,
  }));
  return [...faults, ...unexplained]
    .toSorted((left, right) => left.atMs - right.atMs)
    .map(({ atMs, words }) => `${((atMs - beganAtMs) / 1_000).toFixed(1)} s ${words}`);
}

/** Tells whether nothing differed and every member ended as it should. */
export function hasPassed({ counts, failures }: ChaosResult): boolean {
  return isClean(counts) && failures.length === 0;
}

/** Returns the lines for people; the closing line is the last. */
export function chaosReport(result: ChaosResult): readonly string[] {
  const { counts, options, silences } = result;
  const process = ['kill', 'stop', 'term'].flatMap((kind) => silences.byKind.get(kind) ?? []);
  const closing = {
    kills: killsIn(result),
    lost: counts.lost,
    doubled: counts.doubled,
    disordered: counts.disordered,
    differing: counts.differing,
    longestSilenceMs: longest(process),
    leaseTtlMs: options.leaseTtlMs,
    seconds: Math.round(result.seconds),
    seed: options.seed,
  };
  const meddled = Object.entries(result.meddled).map(([what, times]) => `${what} ${times}`);
  return [
    ...faultLines(result),
    ...boundLines(result),
    `writes by the proxy: ${meddled.join(', ')}; starts that failed and were tried again: ${result.failedStarts}; members that used up a budget: ${result.exhausted}`,
    `compared: ${counts.compared} entries, rows and values; states of ${result.statesCompared} partitions, ${result.statesMissing} without a snapshot at the end; undisturbed run ${Math.round(result.referenceSeconds)} s`,
    ...counts.first,
    ...result.failures,
    Object.entries(closing)
      .map(([name, value]) => `${name}=${value}`)
      .join(' '),
  ];
}
