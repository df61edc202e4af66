import type { Mutant } from './mutant.ts';

const TRIM = 'libs/bus/src/scripts/trim.lua.ts';
const RETENTION = ['libs/bus/src/retention/retention.int.test.ts'] as const;
const SAVE = 'libs/bus/src/scripts/save-snapshot.lua.ts';
const SNAPSHOTS = ['libs/bus/src/snapshots/snapshots.int.test.ts'] as const;

/** Guards of what is trimmed, and of snapshots. */
export const retentionMutants: readonly Mutant[] = [
  {
    name: 'the trim by position, but by length',
    file: TRIM,
    find: "redis.call('XTRIM', stream, 'MINID', '~', string.format('%.0f-0', from))",
    replace: "redis.call('XTRIM', stream, 'MAXLEN', 5)",
    tests: RETENTION,
  },
  { name: 'the minimum of what readers need', file: TRIM, find: 'if holds and need < keep then', replace: 'if false then', tests: RETENTION },
  {
    name: 'the need of registered groups',
    file: TRIM,
    find: 'if judge(reader) and need < from then',
    replace: 'if judge(reader) and false then',
    tests: RETENTION,
  },
  {
    name: 'the budget of readers',
    file: TRIM,
    find: "if state.usedMs >= r.budgetMs then why = 'time'",
    replace: "if false then why = 'time'",
    tests: RETENTION,
  },
  {
    name: 'the fence of a snapshot',
    file: SAVE,
    find: 'if held[1] ~= ARGV[1] or held[2] ~= ARGV[2] or held[3] ~= ARGV[3] then',
    replace: 'if false then',
    tests: SNAPSHOTS,
  },
  { name: 'the refusal to store a snapshot above the cursor', file: SAVE, find: 'if n > cursor then', replace: 'if false then', tests: SNAPSHOTS },
  {
    name: 'the refusal to store an older snapshot',
    file: SAVE,
    find: 'if n < stored and stored <= cursor then',
    replace: 'if false then',
    tests: SNAPSHOTS,
  },
  {
    name: 'the refusal to use a snapshot above the cursor',
    file: 'libs/bus/src/snapshots/load-snapshots.ts',
    find: 'if (n > cursorN) return',
    replace: 'if (n < 0) return',
    tests: SNAPSHOTS,
  },
  {
    name: 'the version of a snapshot',
    file: 'libs/bus/src/snapshots/load-snapshots.ts',
    find: 'if (found.version === version) return found;',
    replace: 'if (found.n >= 0) return found;',
    tests: SNAPSHOTS,
  },
  {
    name: 'the checksum of a snapshot',
    file: 'libs/bus/src/snapshots/snapshot-container.ts',
    find: 'if (!digestOf([content]).equals(bytes.subarray(content.length))) throw',
    replace: 'if (content.length === -1) throw',
    tests: ['libs/bus/src/snapshots/snapshot-container.test.ts'],
  },
];
