import type { Mutant } from './mutant.ts';

const OWNERSHIP = ['libs/bus/src/ownership/ownership.int.test.ts'] as const;
const LEASES = ['libs/bus/src/ownership/lease-table.int.test.ts'] as const;

/** Guards of leases, and of who may read what. */
export const ownershipMutants: readonly Mutant[] = [
  {
    name: 'the end of a lease on the own clock',
    file: 'libs/bus/src/ownership/lease-table.ts',
    find: 'valid: () => performance.now() < validUntilMs',
    replace: 'valid: () => performance.now() < Number.POSITIVE_INFINITY',
    tests: OWNERSHIP,
  },
  {
    name: 'the look at the lease before work',
    file: 'libs/bus/src/runs/owned-run.ts',
    find: 'return !run.closed && run.lease.valid();',
    replace: 'return !run.closed;',
    tests: ['libs/bus/src/runs/owned-run.test.ts'],
  },
  {
    name: 'the wait for a lease that another holds',
    file: 'libs/bus/src/scripts/acquire-leases.lua.ts',
    find: "held[4] ~= '1' and untilMs > now then",
    replace: 'false then',
    tests: LEASES,
  },
  {
    name: 'the rise of the epoch',
    file: 'libs/bus/src/scripts/acquire-leases.lua.ts',
    find: "local epoch = tonumber(held[2] or '0') + 1",
    replace: "local epoch = tonumber(held[2] or '1')",
    tests: OWNERSHIP,
  },
  {
    name: 'the nonce of a release',
    file: 'libs/bus/src/scripts/release-leases.lua.ts',
    find: 'held[2] == ARGV[2 * i] and ',
    replace: '',
    tests: LEASES,
  },
  {
    name: 'the nonce of a renewal',
    file: 'libs/bus/src/scripts/renew-leases.lua.ts',
    find: 'held[2] == ARGV[1 + 2 * i] and ',
    replace: '',
    tests: LEASES,
  },
  {
    name: 'reading by cursor, but through the group',
    file: 'libs/bus/src/redis/stream-replies.ts',
    find: "await redis.callBuffer('xread', [",
    replace:
      "await ((_: string, args: (string | number)[]) => redis.callBuffer('xreadgroup', ['GROUP', 'indicator', 'x', ...args.slice(0, -request.cursors.size), ...[...request.cursors].map(() => '>')]))('xread', [",
    tests: ['tests/src/interleavings/lease-expiry.int.test.ts'],
  },
];
