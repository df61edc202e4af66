import type { Costs } from './costs.ts';
import { type Outcome, simulate } from './simulate.ts';
import type { FleetSize } from './topology.ts';

/** What to size for. `use` is the share of a core that the mean station may work. */
export type SizeQuestion = Readonly<{
  costs: Costs;
  perPartition: Float64Array;
  slots: number;
  flushUs: number;
  use: number;
  seconds: number;
  seed: number;
}>;

/** The least fleet found, and how it does. */
export type SizeAnswer = Readonly<{ size: FleetSize; outcome: Outcome }>;

const ROUNDS = 12;

const atLeastOne = (count: number, most: number): number => Math.max(1, Math.min(most, Math.ceil(count)));

/** Batches shrink when a fleet grows, so that a tick costs more: the size is looked for by running, not by dividing. */
const nextSize = (size: FleetSize, outcome: Outcome, question: SizeQuestion): FleetSize => {
  const most = question.perPartition.length;
  const scaled = (name: string, count: number, bound: number): number => {
    const used = outcome.utilisation[name]?.mean ?? 0;
    return atLeastOne((count * used) / question.use, bound);
  };
  return {
    ...size,
    masters: scaled('redis', size.masters, size.slots),
    members: Object.fromEntries(Object.entries(size.members).map(([name, count]) => [name, scaled(name, count, most)])),
  };
};

const isSame = (a: FleetSize, b: FleetSize): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Returns the least fleet that works no more than `use` on average, starting small and growing with what a run shows. */
export function findSize(question: SizeQuestion): SizeAnswer {
  const { costs, perPartition, flushUs, seconds, seed, slots } = question;
  const run = (size: FleetSize): Outcome => simulate({ costs, size, perPartition, flushUs, seconds, seed });
  let size: FleetSize = { masters: Math.min(4, slots), slots, members: Object.fromEntries(costs.services.map(({ name }) => [name, 4])) };
  let outcome = run(size);
  for (let round = 0; round < ROUNDS; round += 1) {
    const next = nextSize(size, outcome, question);
    if (isSame(next, size)) break;
    size = next;
    outcome = run(size);
  }
  return { size, outcome };
}
