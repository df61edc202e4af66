import { type Outcome, type Scenario, simulate } from './simulate.ts';

/** At so many times the load, which stations worked without a pause and whose entries piled up. */
export type Breakage = Readonly<{ load: number; saturated: readonly string[]; p99Ms: number; outcome: Outcome }>;

const SATURATED = 0.98;

/** Runs a scenario at rising load and returns the first that some station cannot follow, or undefined when all can. */
export function whatBreaksFirst(scenario: Scenario, loads: readonly number[]): Breakage | undefined {
  for (const load of loads) {
    const outcome = simulate({ ...scenario, shape: () => load });
    const saturated = Object.entries(outcome.utilisation).flatMap(([name, { most }]) => (most >= SATURATED ? [name] : []));
    if (saturated.length > 0) return { load, saturated, p99Ms: Math.max(...Object.values(outcome.latencyMs).map(({ p99 }) => p99)), outcome };
  }
  return undefined;
}
