/** What to place: who may own, who owns now, and what each partition weighs. */
export type MovesInput = Readonly<{
  /** Members that may own partitions: live ones that do not drain. At least one. */
  members: readonly string[];
  /** Owner of each partition now; one that is not among the members counts as gone. */
  owners: readonly (string | undefined)[];
  /** Weight of each partition, above 0. */
  weights: readonly number[];
  /** Partitions that belong to a member whatever they weigh. */
  pins?: ReadonlyMap<number, string>;
  /** False: only what has no owner is placed, and the rest stays where it is. Default true. */
  balance?: boolean;
  /** Partitions that balancing leaves where they are. */
  resting?: ReadonlySet<number>;
}>;

/** Balancing ends when the heaviest member has at most this much more than the mean: the last few per cent cost more moves than they give. */
export const BALANCED = 1.05;

/** A move that takes less than this part of the mean off the heaviest is none: two equal members would pass a partition to and fro. */
const LEAST_GAIN = 0.01;

type Placement = Readonly<{ owners: string[]; loads: Map<string, number>; weightOf: (partition: number) => number }>;

const place = ({ owners, loads, weightOf }: Placement, partition: number, to: string): void => {
  const from = owners[partition];
  if (from !== undefined && loads.has(from)) loads.set(from, (loads.get(from) ?? 0) - weightOf(partition));
  owners[partition] = to;
  loads.set(to, (loads.get(to) ?? 0) + weightOf(partition));
};

/** Members from the lightest to the heaviest; equal ones by name, so that every run comes to the same end. */
const byLoad = (loads: ReadonlyMap<string, number>): readonly (readonly [string, number])[] =>
  [...loads].toSorted(([a, light], [b, heavy]) => light - heavy || (a < b ? -1 : 1));

/** Heavy ones first, each to the member that has least: what is left for the end evens out what came before. */
const placeOrphans = (placement: Placement, orphans: readonly number[]): void => {
  const { loads, weightOf } = placement;
  for (const partition of orphans.toSorted((a, b) => weightOf(b) - weightOf(a) || a - b)) {
    place(placement, partition, byLoad(loads)[0]?.[0] ?? '');
  }
};

/**
 * The heaviest partition that fits into what one member has too much and the other too little; if none fits, the lightest that still
 * leaves both below what the heavy one had.
 */
const bestMove = (
  candidates: readonly number[],
  weightOf: (partition: number) => number,
  at: Readonly<{ room: number; gap: number }>,
): number | undefined => {
  let fitting: number | undefined;
  let lightest: number | undefined;
  for (const partition of candidates) {
    const weight = weightOf(partition);
    if (weight <= at.room && (fitting === undefined || weight > weightOf(fitting))) fitting = partition;
    if (lightest === undefined || weight < weightOf(lightest)) lightest = partition;
  }
  if (fitting !== undefined) return fitting;
  return lightest !== undefined && weightOf(lightest) < at.gap ? lightest : undefined;
};

const balance = (placement: Placement, isFixed: (partition: number) => boolean): void => {
  const { owners, loads, weightOf } = placement;
  const mean = [...loads.values()].reduce((sum, load) => sum + load, 0) / loads.size;
  // Every move takes from the heaviest what makes nobody else heavier than it was, so this ends by itself; the bound is for rounding.
  for (let moves = 0; moves < 4 * owners.length; moves += 1) {
    const sorted = byLoad(loads);
    const [lightest, least] = sorted[0] ?? ['', 0];
    const [heaviest, most] = sorted.at(-1) ?? ['', 0];
    if (most <= mean * BALANCED) return;
    const candidates = owners.flatMap((owner, partition) => (owner === heaviest && !isFixed(partition) ? partition : []));
    const chosen = bestMove(candidates, weightOf, { room: Math.min(most - mean, mean - least), gap: most - least - mean * LEAST_GAIN });
    if (chosen === undefined) return;
    place(placement, chosen, lightest);
  }
};

/**
 * Returns an owner for every partition, with as few and as light moves as it takes: what is pinned goes where it belongs, what has no
 * owner to whoever has least, and then the heaviest member gives to the lightest until it has at most 1.05 times the mean or no move
 * helps. The same input gives the same owners.
 */
export function planMoves(input: MovesInput): readonly string[] {
  const { members, weights, pins = new Map<number, string>(), resting } = input;
  const isMember = new Set(members);
  const loads = new Map(members.toSorted().map((member) => [member, 0]));
  const placement: Placement = { owners: [], loads, weightOf: (partition) => weights[partition] ?? 0 };
  const pinOf = (partition: number): string | undefined => {
    const pin = pins.get(partition);
    return pin !== undefined && isMember.has(pin) ? pin : undefined;
  };
  const orphans: number[] = [];
  input.owners.forEach((owner, partition) => {
    const known = pinOf(partition) ?? owner;
    if (known !== undefined && isMember.has(known)) place(placement, partition, known);
    else orphans.push(partition);
  });
  placeOrphans(placement, orphans);
  if (input.balance !== false) balance(placement, (partition) => pinOf(partition) !== undefined || resting?.has(partition) === true);
  return placement.owners;
}
