import type { Mutant } from './mutant.ts';

const SCRIPT = 'libs/bus/src/scripts/commit.lua.ts';
const CHECKS = ['libs/bus/src/commit/commit-slot.int.test.ts'] as const;

/** Guards of the commit and of what follows one that was not answered. */
export const commitMutants: readonly Mutant[] = [
  { name: 'the member check of a commit', file: SCRIPT, find: 'held[1] ~= p.member or ', replace: '', tests: CHECKS },
  { name: 'the nonce check of a commit', file: SCRIPT, find: 'held[2] ~= p.nonce or ', replace: '', tests: CHECKS },
  { name: 'the epoch check of a commit', file: SCRIPT, find: 'held[3] ~= p.epoch or ', replace: '', tests: CHECKS },
  { name: 'the check that a lease was not given up', file: SCRIPT, find: " or held[4] == '1' then", replace: ' then', tests: CHECKS },
  { name: 'the cursor check', file: SCRIPT, find: "if (stored[i] or '') ~= want then", replace: 'if false then', tests: CHECKS },
  { name: 'the group check', file: SCRIPT, find: "if not typeIs(p.groupStream, 'stream') then", replace: 'if false then', tests: CHECKS },
  { name: 'the prev check', file: SCRIPT, find: 'if last ~= topic.prev then', replace: 'if false then', tests: CHECKS },
  {
    name: 'the look for an entry above the id that the position remembers',
    file: SCRIPT,
    find: " and not pcall('XREAD', 'COUNT', '1', 'STREAMS', topic.stream, topic.prev)",
    replace: '',
    tests: CHECKS,
  },
  {
    name: 'the comparison of prev with the position',
    file: SCRIPT,
    find: 'if topic.stored == topic.prev and',
    replace: 'if topic.stored and',
    tests: CHECKS,
  },
  {
    name: 'setting a topic back to its last entry before its first XADD',
    file: SCRIPT,
    find: "if string.find(added.err, 'equal or smaller', 1, true) then",
    replace: 'if false then',
    tests: CHECKS,
  },
  { name: 'the check of the id of a group', file: SCRIPT, find: 'if not partsOf(p.groupId) or', replace: 'if', tests: CHECKS },
  { name: 'the type check of latest values', file: SCRIPT, find: "and not typeIs(topic.latest, 'hash')", replace: 'and false', tests: CHECKS },
  {
    name: 'the check that ids rise',
    file: SCRIPT,
    find: 'if not n or n < lastN or (n == lastN and chunk <= lastChunk) then',
    replace: 'if not n then',
    tests: CHECKS,
  },
  {
    name: 'the size check of entries',
    file: SCRIPT,
    find: "if bytes > entryBound then return 'commit_refused ' .. ARGV[i]",
    replace: "if false then return 'commit_refused ' .. ARGV[i]",
    tests: CHECKS,
  },
  { name: 'the size check of the position', file: SCRIPT, find: 'if #ARGV[i + 1] > fieldBound then', replace: 'if false then', tests: CHECKS },
  {
    name: 'reading the position again after an unanswered commit',
    file: 'libs/bus/src/commit/settle-commits.ts',
    find: 'return await Promise.all(commits.map((commit) => landed(bus, commit)));',
    replace: 'return commits.map(() => undefined);',
    tests: CHECKS,
  },
  {
    name: 'the order never to send a command twice',
    file: 'libs/bus/src/redis/connect-redis.ts',
    find: 'autoResendUnfulfilledCommands: false',
    replace: 'autoResendUnfulfilledCommands: true',
    tests: ['tests/src/interleavings/reply-lost.int.test.ts'],
    title: 'the reply of an append',
  },
  {
    name: 'the epoch that Postgres keeps of the archive',
    file: 'services/archive/src/positions/advance-position.ts',
    find: 'AND epoch <= $7',
    replace: 'AND $7::bigint >= 0',
    tests: ['services/archive/src/archive.int.test.ts'],
    title: 'lower epoch',
  },
];
