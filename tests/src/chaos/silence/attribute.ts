import type { Gap, OwnerChange, Watched } from './gap.ts';

/** A fault that was carried out. `partitions` = those that its victim owned; a fault of Redis has no service and befalls all. */
export type CarriedOut = Readonly<{
  kind: string;
  service: string | undefined;
  member: string;
  atMs: number;
  /** When its effects are over at the latest: a gap that begins later is not its doing. */
  untilMs: number;
  partitions: readonly number[];
}>;

/** Silences in milliseconds: of each measured fault and by its kind, at moves that placement made, and of partitions that nothing had befallen. */
export type Silences = Readonly<{
  byFault: ReadonlyMap<CarriedOut, number>;
  byKind: ReadonlyMap<string, readonly number[]>;
  moves: readonly number[];
  untouched: readonly number[];
  /** The longest few that no fault explains. */
  unexplained: readonly Gap[];
}>;

/** A gap is ended by an owner that was seen a little later or earlier than it took over. */
const CHANGE_SLACK_MS = 100;
const MOST_UNEXPLAINED = 8;

const lengthOf = ({ fromMs, toMs }: Gap): number => toMs - fromMs;
const overlaps = (gap: Gap, { atMs, untilMs }: CarriedOut): boolean => gap.fromMs <= untilMs && gap.toMs >= atMs;
const befalls = (gap: Gap, fault: CarriedOut): boolean =>
  overlaps(gap, fault) && (fault.service === undefined || (fault.service === gap.service && fault.partitions.includes(gap.partition)));
const isMove = (gap: Gap, changes: readonly OwnerChange[]): boolean =>
  changes.some(({ atMs }) => atMs >= gap.fromMs - CHANGE_SLACK_MS && atMs <= gap.toMs + CHANGE_SLACK_MS);

/**
 * Gives every gap to what caused it. A fault's silence is the longest gap among its victim's partitions; a victim that owned none is not
 * measured, and faults during which Redis was away are counted for Redis alone.
 */
export function attributeGaps({ gaps, changes }: Watched, faults: readonly CarriedOut[]): Silences {
  const byFault = new Map<CarriedOut, number>();
  const ofRedis = faults.filter(({ service }) => service === undefined);
  const changesOf = Map.groupBy(changes, ({ service, partition }) => `${service} ${partition}`);
  for (const fault of faults) {
    const isOverlaid = ofRedis.some(({ atMs, untilMs }) => fault.atMs <= untilMs && fault.untilMs >= atMs);
    if (fault.service !== undefined && (isOverlaid || fault.partitions.length === 0)) continue;
    byFault.set(fault, Math.max(0, ...gaps.filter((gap) => befalls(gap, fault)).map(lengthOf)));
  }
  const byKind = new Map(
    [...Map.groupBy(byFault, ([{ kind }]) => kind)].map(([kind, found]) => [kind, found.map(([, silence]) => silence)] as const),
  );
  const others = gaps.filter((gap) => !faults.some((fault) => befalls(gap, fault)));
  const moved = others.filter((gap) => isMove(gap, changesOf.get(`${gap.service} ${gap.partition}`) ?? []));
  const atMoves = new Set(moved);
  return {
    byFault,
    byKind,
    moves: moved.map(lengthOf),
    untouched: others.filter((gap) => !atMoves.has(gap)).map(lengthOf),
    unexplained: others.toSorted((left, right) => lengthOf(right) - lengthOf(left)).slice(0, MOST_UNEXPLAINED),
  };
}

/** Returns the value below which a share of the values lies; 0 of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
