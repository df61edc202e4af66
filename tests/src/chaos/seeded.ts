import { murmur3 } from '@signal/contracts';

/** Returns a function of whole numbers below a bound, the same sequence for the same seed on every machine. */
export function seededChoice(seed: number): (below: number) => number {
  let drawn = 0;
  return (below) => murmur3(`${seed}:${drawn++}`) % below;
}

/** One planned kill: when the log of the watched partition has reached `n`, one process of `service` dies. */
export type PlannedKill = Readonly<{ n: number; service: string }>;

/** Services of which one process may die at any moment. */
export const killable = ['ingest', 'indicator', 'greeks', 'script-runner', 'archive', 'gateway'] as const;

/** Returns `kills` moments spread over a log of `total` entries, each in its own stretch, and whom they hit. */
export function planKills(options: Readonly<{ kills: number; seed: number; total: number }>): readonly PlannedKill[] {
  const { kills, total } = options;
  const draw = seededChoice(options.seed);
  const from = Math.floor(total * 0.05);
  const stretch = Math.max(1, Math.floor((total * 0.9) / kills));
  // Each service is hit before one is hit again, in a drawn order.
  const order = killable.map((service) => ({ service, key: draw(1 << 30) })).toSorted((left, right) => left.key - right.key);
  return Array.from({ length: kills }, (_, index) => ({
    n: from + index * stretch + draw(stretch),
    service: order[index % order.length]?.service ?? 'ingest',
  }));
}
