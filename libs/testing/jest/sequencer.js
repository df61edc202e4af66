import { default as Imported } from '@jest/test-sequencer';

// A CommonJS package: its class is the default of what it exports.
const Sequencer = Imported.default ?? Imported;

const CHAOS = '/chaos/chaos.e2e.';
/**
 * Whole fleets take most of a minute, tests with servers seconds, others less: the longest begin first, so that no worker ends alone with
 * one. Only chaos, which takes minutes and both cores, waits until nothing but tests without deadlines is left to run beside it.
 */
const rankOf = ({ path }) => {
  if (path.includes(CHAOS)) return 2;
  if (path.includes('.e2e.')) return 0;
  return path.includes('.int.') ? 1 : 3;
};

/** Sorts as jest does, and within that by kind. */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    return super.sort(tests).toSorted((left, right) => rankOf(left) - rankOf(right));
  }
}
