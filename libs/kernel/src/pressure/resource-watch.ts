import type { PressureLevel } from './pressure.ts';
import type { Resource } from './probe.ts';

/** What is peculiar to a resource: for how many checks in a row it must be beyond a bound, and what helps. */
export type ResourceRule = Readonly<{
  checksUntilHigh: number;
  checksUntilExhausted: number;
  /** Whether it falls when the process stops reading. Then `high` has an end: nothing is gained by waiting longer. */
  isRelievedByPausing: boolean;
  /** Whether a new process begins with less of it. */
  isCuredByRestart: boolean;
}>;

/** Rules of every resource; docs/adr/0015 gives the reasons. */
export const resourceRules: Readonly<Record<Resource, ResourceRule>> = {
  memory: { checksUntilHigh: 2, checksUntilExhausted: 3, isRelievedByPausing: true, isCuredByRestart: true },
  heap: { checksUntilHigh: 2, checksUntilExhausted: 2, isRelievedByPausing: true, isCuredByRestart: true },
  event_loop: { checksUntilHigh: 5, checksUntilExhausted: 15, isRelievedByPausing: true, isCuredByRestart: true },
  descriptors: { checksUntilHigh: 1, checksUntilExhausted: 2, isRelievedByPausing: false, isCuredByRestart: true },
  disk: { checksUntilHigh: 2, checksUntilExhausted: 3, isRelievedByPausing: false, isCuredByRestart: false },
};

const HIGH_RATIO = 0.8;
/** Below 80 %, so that a process does not pause and go on at every check. */
const CALM_RATIO = 0.7;

/** Judges one resource by its measurements. */
export interface ResourceWatch {
  /** Returns the level after a measurement. `exhausted` is for good. */
  judge(ratio: number, at: Readonly<{ nowMs: number; highMaxMs: number }>): PressureLevel;
}

type State = { level: PressureLevel; aboveHigh: number; aboveBudget: number; highSinceMs: number; wasTolerated: boolean };

/** Returns the watch of a resource that is calm. */
export function createResourceWatch(rule: ResourceRule): ResourceWatch {
  const state: State = { level: 'calm', aboveHigh: 0, aboveBudget: 0, highSinceMs: 0, wasTolerated: false };
  return {
    judge: (ratio, { nowMs, highMaxMs }) => {
      state.aboveHigh = ratio >= HIGH_RATIO ? state.aboveHigh + 1 : 0;
      state.aboveBudget = ratio >= 1 ? state.aboveBudget + 1 : 0;
      if (ratio < CALM_RATIO) state.wasTolerated = false;
      const next = nextLevel(rule, state, ratio);
      if (next === 'high' && state.level !== 'high') state.highSinceMs = nowMs;
      state.level = next;
      if (next === 'high' && nowMs - state.highSinceMs >= highMaxMs) endHigh(rule, state);
      return state.level;
    },
  };
}

function nextLevel(rule: ResourceRule, state: State, ratio: number): PressureLevel {
  if (state.level === 'exhausted' || state.aboveBudget >= rule.checksUntilExhausted) return 'exhausted';
  if (state.level === 'high') return ratio < CALM_RATIO ? 'calm' : 'high';
  return state.aboveHigh >= rule.checksUntilHigh && !state.wasTolerated ? 'high' : 'calm';
}

/** Pausing helped nothing: either only a restart can, or the process goes on and only the budget itself counts. */
function endHigh(rule: ResourceRule, state: State): void {
  state.level = rule.isRelievedByPausing ? 'exhausted' : 'calm';
  state.wasTolerated = !rule.isRelievedByPausing;
}
