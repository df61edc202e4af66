import { describe, expect, it } from '@jest/globals';
import { chaosOptions } from './chaos-options.ts';
import { noCounts } from './compare/counts.ts';
import { chaosReport } from './report.ts';
import type { ChaosResult } from './run-chaos.ts';

/** As many as a run of a thousand kills has, and more than a call takes arguments. */
const MANY = 300_000;

describe('the report of a chaos run', () => {
  it('is made of any number of silences, and ends with its counts', () => {
    const options = chaosOptions(['--kills', '1000', '--seed', '3']);
    if (options === undefined) throw new RangeError('the options asked for help');
    const untouched = Array.from({ length: MANY }, (_, index) => index % 1_000);
    const result: ChaosResult = {
      options,
      done: [],
      silences: { byFault: new Map(), byKind: new Map([['kill', [310, 20]]]), moves: untouched, untouched, unexplained: [] },
      counts: noCounts(),
      statesCompared: 1,
      statesMissing: 0,
      meddled: {},
      failedStarts: 0,
      exhausted: 0,
      failures: [],
      referenceSeconds: 1,
      seconds: 1,
    };
    const report = chaosReport(result);
    expect(report).toContainEqual(expect.stringContaining(`${MANY} silences of 20 ms or more, p50=500 p95=950 max=999 ms`));
    expect(report.at(-1)).toBe('kills=0 lost=0 doubled=0 disordered=0 differing=0 longestSilenceMs=310 leaseTtlMs=300 seconds=1 seed=3');
  });
});
