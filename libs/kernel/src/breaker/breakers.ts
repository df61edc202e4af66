import type { Logger } from '../log/logger.ts';
import type { Metrics } from '../metrics/create-metrics.ts';
import { type Breaker, type BreakerOptions, type BreakerState, createBreaker } from './create-breaker.ts';

/** State of one breaker, for operators. */
export type BreakerStatus = Readonly<{ name: string; state: BreakerState; failures: number }>;

/** All breakers of a process, closed together. */
export interface Breakers {
  create<A extends readonly unknown[], R>(options: Omit<BreakerOptions<A, R>, 'metrics' | 'log'>): Breaker<A, R>;
  list(): readonly BreakerStatus[];
  close(): void;
}

/** Returns an empty set of breakers that share a log and metrics. */
export function createBreakers(deps: Readonly<{ metrics: Metrics; log: Logger }>): Breakers {
  const all: Pick<Breaker<readonly unknown[], unknown>, 'dependency' | 'state' | 'failures' | 'close'>[] = [];
  return {
    create: (options) => {
      const breaker = createBreaker({ ...options, ...deps });
      all.push(breaker);
      return breaker;
    },
    list: () => all.map((breaker) => ({ name: breaker.dependency, state: breaker.state(), failures: breaker.failures() })),
    close: () => {
      for (const breaker of all) breaker.close();
    },
  };
}
