import { SignalError } from '@signal/contracts';
import { parseArgs } from 'node:util';
import { defaultMembers, type Members } from './fleet/roster.ts';

/** What `npm run chaos` is asked for. */
export type ChaosOptions = Readonly<{
  kills: number;
  seed: number;
  leaseTtlMs: number;
  members: Members;
  partitions: number;
  /** Mean time between two process faults. */
  everyMs: number;
  /** Event seconds a wall second while faults come; what is left after the last fault is replayed at full speed. */
  speed: number;
}>;

/** Help of the command. */
export const CHAOS_HELP = `npm run chaos -- --kills N --seed S [--lease-ttl MS] [--members SERVICE=N,…]
Replays recorded days over several members of every service and one Redis with an append-only file, does faults to them, and compares everything with an undisturbed run.
  --kills N        faults of a process (kill -9, SIGSTOP, SIGTERM); faults of other kinds come besides (default 20)
  --seed S         draws which faults come, when and to whom (default: one from the clock, printed)
  --lease-ttl MS   how long a partition's lease lives (default 300)
  --every MS       mean time between two of the N faults (default 1800)
  --speed X        event seconds a wall second while faults come (default 20)
  --members LIST   members of a service while faults come, for instance indicator=3,greeks=2 (default: two of each, one gateway)
  --partitions P   partitions of the deployment (default 64)
Prints what each kind of fault cost, then "kills=… lost=… doubled=… disordered=… differing=… longestSilenceMs=… leaseTtlMs=… seconds=… seed=…".
Exit: 0 when the four counts are 0 and every member ended well, 1 when not, 2 for a bad command line.
`;

const flags = {
  kills: { type: 'string', default: '20' },
  seed: { type: 'string' },
  'lease-ttl': { type: 'string', default: '300' },
  every: { type: 'string', default: '1800' },
  speed: { type: 'string', default: '20' },
  members: { type: 'string', default: '' },
  partitions: { type: 'string', default: '64' },
  help: { type: 'boolean', default: false },
} as const;

const whole = (name: string, text: string, bounds: Readonly<{ least: number; most: number }>): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= bounds.least && value <= bounds.most) return value;
  throw new SignalError('usage', `--${name} is "${text}", and must be a whole number from ${bounds.least} to ${bounds.most}`);
};

const membersOf = (text: string): Members => {
  const members: Record<string, number> = { ...defaultMembers };
  for (const item of text.split(',').filter((one) => one !== '')) {
    const [service = '', count = ''] = item.split('=');
    if (!Object.hasOwn(defaultMembers, service)) throw new SignalError('usage', `--members names "${service}", which is no service of a fleet`);
    members[service] = whole(`members ${service}`, count, { least: 1, most: 8 });
  }
  return members;
};

const parse = (argv: readonly string[]) => {
  try {
    return parseArgs({ args: [...argv], options: flags, strict: true }).values;
  } catch (cause) {
    throw new SignalError('usage', cause instanceof Error ? cause.message : String(cause), { cause });
  }
};

/** Returns what a command line asks for, `undefined` for its help. Throws `usage`. */
export function chaosOptions(argv: readonly string[]): ChaosOptions | undefined {
  const values = parse(argv);
  if (values.help) return undefined;
  return {
    kills: whole('kills', values.kills, { least: 1, most: 10_000 }),
    seed: whole('seed', values.seed ?? String(Date.now() % 1_000_000), { least: 0, most: 4_294_967_295 }),
    leaseTtlMs: whole('lease-ttl', values['lease-ttl'], { least: 100, most: 60_000 }),
    members: membersOf(values.members),
    partitions: whole('partitions', values.partitions, { least: 16, most: 1_024 }),
    everyMs: whole('every', values.every, { least: 100, most: 60_000 }),
    speed: whole('speed', values.speed, { least: 1, most: 1_000 }),
  };
}
