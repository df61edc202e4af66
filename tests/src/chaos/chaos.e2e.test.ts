import { afterAll, describe, expect, it } from '@jest/globals';
import { compareRecordings, compareRows, isSame } from '@signal/testing';
import { type FinishedRun, runReplay } from './replay-run.ts';
import { planKills } from './seeded.ts';

const HALF_DAY = '2018-12-24';
const SEED = Number(process.env['CHAOS_SEED'] ?? Date.now() % 1_000_000);
const TEST_WITHIN_MS = 420_000;

describe('a fleet whose processes are killed at ten seeded moments', () => {
  const runs: FinishedRun[] = [];
  afterAll(async () => {
    for (const run of runs) await run.close();
  });

  it(
    `publishes and stores what an undisturbed fleet does (CHAOS_SEED=${SEED})`,
    async () => {
      const undisturbed = await runReplay({ from: HALF_DAY, to: HALF_DAY });
      runs.push(undisturbed);
      const kills = planKills({ kills: 10, seed: SEED, total: undisturbed.total });
      const disturbed = await runReplay({ from: HALF_DAY, to: HALF_DAY, kills });
      runs.push(disturbed);
      expect(disturbed.killed).toHaveLength(10);
      const published = compareRecordings(undisturbed.recording, disturbed.recording, { ids: true });
      expect(published.first).toEqual([]);
      expect(isSame(published)).toBe(true);
      const stored = await compareRows(undisturbed.databaseUrl, disturbed.databaseUrl, { ids: true });
      expect(stored.first).toEqual([]);
      expect(isSame(stored)).toBe(true);
    },
    TEST_WITHIN_MS,
  );
});
