import type { Mutant } from './mutant.ts';

const TRIM = 'libs/bus/src/scripts/trim.lua.ts';
const RETENTION = ['libs/bus/src/retention/retention.int.test.ts'] as const;
const SLOWEST = 'libs/bus/src/scripts/slowest-reader.lua.ts';
const SEQUENCER = ['libs/bus/src/sequencer/sequencer.int.test.ts'] as const;
const ADVICE = 'libs/bus/src/scaling/recommend-replicas.ts';
const ADVISED = ['libs/bus/src/scaling/recommend-replicas.test.ts'] as const;
const LAGS = ['libs/bus/src/reading/show-lags.test.ts'] as const;

/** Guards of budgets beyond the trim itself, of back-pressure, and of the scaling advice. */
export const pressureMutants: readonly Mutant[] = [
  {
    name: 'the pending entries of a consumer, as if what was delivered were done',
    file: TRIM,
    find: "if info['pending'] > 0 then return",
    replace: 'if false then return',
    tests: RETENTION,
  },
  {
    name: 'the exemption of the one who writes the log',
    file: TRIM,
    find: 'if state.droppedMs == 0 and r.name ~= ARGV[4] then',
    replace: 'if state.droppedMs == 0 then',
    tests: RETENTION,
  },
  {
    name: 'the topic a consumer registered for',
    file: TRIM,
    find: 'local newest = of == topic and',
    replace: 'local newest = of and',
    tests: RETENTION,
  },
  {
    name: 'the verdict of another trim on a reader',
    file: TRIM,
    find: 'holds = stateOf(name, position).droppedMs == 0',
    replace: 'holds = true',
    tests: RETENTION,
  },
  { name: 'the new budget of a reader that moves', file: TRIM, find: 'if at == position then', replace: 'if at then', tests: RETENTION },
  {
    name: 'the bound on the bytes that wait for a reader',
    file: TRIM,
    find: 'elseif bytes > maxBytes then',
    replace: 'elseif false then',
    tests: RETENTION,
  },
  { name: 'the samples of what an entry weighs', file: TRIM, find: 'math.floor((last - begin) * i / SAMPLES)', replace: '0 * i', tests: RETENTION },
  {
    name: 'the registration of a reader that holds the log back',
    file: SLOWEST,
    find: '  if need then',
    replace: '  if true then',
    tests: SEQUENCER,
    title: 'is not held back by',
  },
  {
    name: 'the budget of a reader that holds the log back',
    file: SLOWEST,
    find: 'if not isDropped and',
    replace: 'if',
    tests: SEQUENCER,
    title: 'is not held back by',
  },
  {
    name: 'the look at budgets while the log is held back',
    file: 'libs/bus/src/sequencer/sequencer.ts',
    find: 'heldBack: trimWhenDue',
    replace: 'heldBack: () => undefined',
    tests: SEQUENCER,
    title: 'is not held back by',
  },
  {
    name: 'the pause of the inbox while the log is held back',
    file: 'libs/bus/src/sequencer/next-steps.ts',
    find: 'if (isHeldBack && performance.now()',
    replace: 'if (!isHeldBack && performance.now()',
    tests: SEQUENCER,
    title: 'takes its inbox seldom',
  },
  {
    name: 'the refusal that a conflated quote must not displace',
    file: 'services/ingest/src/partition/conflate-quotes.ts',
    find: "record.kind !== 'quote' || !isTaken(record)",
    replace: "record.kind !== 'quote'",
    tests: ['services/ingest/src/partition/conflate-quotes.test.ts'],
  },
  {
    name: 'the unknown in a lag, as if it were 0',
    file: 'libs/bus/src/reading/show-lags.ts',
    find: 'if (unknown > 0) {',
    replace: 'if (unknown < 0) {',
    tests: LAGS,
  },
  {
    name: 'the unknown lag of the advice, as if it were 0',
    file: ADVICE,
    find: 'if (rate === null || lagEntries === null) return undefined;',
    replace: 'if (rate === null) return undefined;',
    tests: ADVISED,
  },
  {
    name: 'the tolerance of the advice',
    file: ADVICE,
    find: 'const isClose = current > 0 &&',
    replace: 'const isClose = current < 0 &&',
    tests: ADVISED,
  },
  { name: 'the patience of the advice', file: ADVICE, find: 'atMs > nowMs - DOWN_AFTER_MS &&', replace: 'atMs > nowMs &&', tests: ADVISED },
  {
    name: 'the saturated partition, which others cannot help',
    file: ADVICE,
    find: 'busy > SATURATED ? 0 :',
    replace: 'busy > 2 ? 0 :',
    tests: ADVISED,
  },
  {
    name: 'the busy second, as if a quiet member were slow',
    file: 'libs/bus/src/scaling/processing-rate.ts',
    find: 'return work.entriesPerS / work.busy;',
    replace: 'return work.entriesPerS;',
    tests: ADVISED,
  },
];
