import { default as Imported } from '@jest/test-sequencer';

// A CommonJS package: its class is the default of what it exports.
const Sequencer = Imported.default ?? Imported;

/** Whole fleets take minutes, tests with servers seconds, others less: the longest begin first, so that no worker ends alone with one. */
const ranks = ['/chaos/chaos.e2e.', '.e2e.', '.int.'];
const rankOf = ({ path }) => {
  const rank = ranks.findIndex((part) => path.includes(part));
  return rank === -1 ? ranks.length : rank;
};

/** Sorts as jest does, and within that by kind. */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    return super.sort(tests).toSorted((left, right) => rankOf(left) - rankOf(right));
  }
}
