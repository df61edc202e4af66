import { describe, expect, it } from '@jest/globals';
import { chaosOptions } from './chaos-options.ts';
import { processFaults } from './faults/draw-faults.ts';
import { chaosReport, hasPassed } from './report.ts';
import { runChaos } from './run-chaos.ts';

const SEED = process.env['CHAOS_SEED'] ?? String(Date.now() % 1_000_000);
const KILLS = 10;
const TEST_WITHIN_MS = 420_000;

describe('a fleet of two members a service to which ten faults of processes are done, and others besides', () => {
  it(
    `publishes, stores and remembers what an undisturbed fleet does (CHAOS_SEED=${SEED})`,
    async () => {
      const options = chaosOptions(['--kills', String(KILLS), '--seed', SEED, '--every', '1000']);
      if (options === undefined) throw new RangeError('the options asked for help');
      const result = await runChaos(options, () => undefined);
      const report = chaosReport(result);
      expect({ ...result.counts, failures: result.failures }).toEqual({
        compared: expect.any(Number),
        lost: 0,
        doubled: 0,
        disordered: 0,
        differing: 0,
        first: [],
        failures: [],
      });
      expect(hasPassed(result)).toBe(true);
      expect(result.statesCompared).toBeGreaterThan(0);
      expect(result.done.filter(({ kind }) => processFaults.some((one) => one === kind)).length).toBe(KILLS);
      expect(result.done.some(({ kind }) => kind === 'redis')).toBe(true);
      expect(report.at(-1)).toMatch(/^kills=10 lost=0 doubled=0 disordered=0 differing=0 longestSilenceMs=\d+ leaseTtlMs=300 seconds=\d+ seed=\d+$/);
    },
    TEST_WITHIN_MS,
  );
});
