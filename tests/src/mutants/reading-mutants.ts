import type { Mutant } from './mutant.ts';

const TAIL = 'libs/bus/src/tail/slot-tail.ts';
const TAIL_TESTS = ['libs/bus/src/tail/tail.int.test.ts'] as const;
const PROCESSOR_TESTS = ['libs/bus/src/processor/processor.int.test.ts'] as const;
const SEQUENCER_TESTS = ['libs/bus/src/sequencer/sequencer.int.test.ts'] as const;

/** Guards against what is missing from a log, and against poison. */
export const readingMutants: readonly Mutant[] = [
  { name: 'the gap seen by a tail', file: TAIL, find: 'if (prev !== stream.cursor) {', replace: 'if (prev === id) {', tests: TAIL_TESTS },
  { name: 'the rollback seen by a tail', file: TAIL, find: 'compareIds(lastId, stream.cursor) < 0', replace: 'lastId === id', tests: TAIL_TESTS },
  {
    name: 'the generation seen by a tail',
    file: TAIL,
    find: 'const isNewGeneration = this.#generation !== undefined && current !== this.#generation;',
    replace: "const isNewGeneration = current === 'never';",
    tests: TAIL_TESTS,
  },
  {
    name: 'the gap seen by a processor',
    file: 'libs/bus/src/processor/slot-loop.ts',
    find: 'return follows(first, idOf(run.state.n)) ?',
    replace: 'return first.id !== "" ?',
    tests: PROCESSOR_TESTS,
    title: 'gap',
  },
  {
    name: 'the place of a page that is read from the archive',
    file: 'libs/bus/src/processor/older-pages.ts',
    find: 'if (from?.endN !== state.n) {',
    replace: 'if (from === undefined) {',
    tests: ['libs/bus/src/processor/older-pages.int.test.ts'],
  },
  {
    name: 'the checksum of an archived segment',
    file: 'libs/store/src/segments/read-stored-log.ts',
    find: 'if (sha256 === row.sha256) return bytes;',
    replace: "if (sha256 !== '') return bytes;",
    tests: ['libs/store/src/segments/read-stored-log.int.test.ts'],
  },
  {
    name: 'the rollback seen by a processor',
    file: 'libs/bus/src/processor/watch-runs.ts',
    find: 'const problem = lastN < n ?',
    replace: 'const problem = lastN < 0 ?',
    tests: PROCESSOR_TESTS,
    title: 'ends before its committed position',
  },
  {
    name: 'the moved position seen by a processor',
    file: 'libs/bus/src/processor/watch-runs.ts',
    find: "positionMoved: (stored ?? '') !== run.state.cursor",
    replace: "positionMoved: stored === 'never'",
    tests: ['tests/src/interleavings/moved-position.int.test.ts'],
  },
  {
    name: 'the gap seen in a restore',
    file: 'libs/bus/src/processor/read-log.ts',
    find: 'if (!follows(entry, cursor)) throw',
    replace: "if (cursor === 'never') throw",
    tests: ['libs/bus/src/snapshots/restore.int.test.ts'],
  },
  {
    name: 'the rollback seen by the sequencer, the generation stays',
    file: 'libs/bus/src/sequencer/judge-rollback.ts',
    find: 'if (lastN < n || n < acknowledgedN) return',
    replace: 'if (lastN < 0) return',
    tests: SEQUENCER_TESTS,
    title: 'generation',
  },
  {
    name: 'back-pressure',
    file: 'libs/bus/src/sequencer/back-pressure.ts',
    find: 'Math.max(0, slowest.n + maxLagEntries - n)',
    replace: 'maxLagEntries',
    tests: SEQUENCER_TESTS,
    title: 'ahead of the slowest',
  },
  {
    name: 'the skips of a restore',
    file: 'libs/bus/src/processor/restore-fold.ts',
    find: 'skips: parseSkips(skips ?? undefined),',
    replace: 'skips: parseSkips(undefined),',
    tests: ['tests/src/interleavings/skips.int.test.ts'],
  },
  {
    name: 'the counting of attempts',
    file: 'libs/bus/src/poison/begin-attempt.ts',
    find: 'if (!isAtFault(attempt)) await markAttempt',
    replace: "if (service === 'never') await markAttempt",
    tests: ['libs/bus/src/poison/poison.int.test.ts'],
    title: 'in the middle of a batch',
  },
  {
    name: 'the deduplication of jobs',
    file: 'libs/bus/src/jobs/scripts/enqueue-job.lua.ts',
    find: "if known then return {'duplicate', known} end",
    replace: '',
    tests: ['libs/bus/src/jobs/job-queue.int.test.ts'],
    title: 'one effect however often',
  },
  {
    name: 'the fence of a job that another worker has',
    file: 'libs/bus/src/jobs/scripts/settle-job.lua.ts',
    find: 'if h[2] ~= ARGV[8] then',
    replace: 'if false then',
    tests: ['libs/bus/src/jobs/job-store.int.test.ts'],
    title: 'stood still is refused',
  },
];
