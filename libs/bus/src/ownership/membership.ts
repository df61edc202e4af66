import { performance } from 'node:perf_hooks';
import type { Bus } from '../bus.ts';
import { runScript } from '../scripts/run-script.ts';

/** What a member says of itself. */
export type MemberDescription = Readonly<{ pid: number; url: string }>;

/** What changes while a member lives. `busy` is the share of time spent folding, 0 to 1. */
export type MemberLoad = Readonly<{ partitions: number; busy: number; draining: boolean }>;

/** A member as it stands in the hash of a service's members. */
export type StoredMember = MemberDescription & MemberLoad & Readonly<{ startedAtMs: number }>;

/** What a heartbeat tells: who lives, and when each that is still known was heard of, on the server's clock. */
export type Heartbeat = Readonly<{ live: readonly string[]; serverNowMs: number; heardOfMs: ReadonlyMap<string, number> }>;

/** A member's own place among a service's members. */
export interface Membership {
  /** Says that this member lives, and returns who does; names are sorted. */
  beat(): Promise<Heartbeat>;
  /** Stores what changed, at most once a second unless it matters at once. */
  describe(load: MemberLoad): Promise<void>;
  leave(): Promise<void>;
}

const DESCRIBE_EVERY_MS = 1_000;

const heardOfBy = (scores: readonly string[]): ReadonlyMap<string, number> =>
  new Map(scores.flatMap((name, index): [string, number][] => (index % 2 === 0 ? [[name, Number(scores[index + 1])]] : [])));

/** Returns the names of a service's live members, sorted, by server time. */
export async function liveMembers(bus: Bus, service: string): Promise<readonly string[]> {
  const [live] = (await runScript(bus.redis, 'heartbeat', { keys: [bus.keys.members(service)], args: ['', bus.leaseTtlMs] })) as [string[]];
  return live.toSorted();
}

/** Returns this member's membership of a service; it begins with the first beat. */
export function createMembership(bus: Bus, service: string, description: MemberDescription): Membership {
  const startedAtMs = bus.clock.nowMs();
  const infoKey = bus.keys.memberInfo(service);
  let stored = '';
  let wasDraining = false;
  let storedAtMs = Number.NEGATIVE_INFINITY;
  return {
    beat: async () => {
      const reply = await runScript(bus.redis, 'heartbeat', { keys: [bus.keys.members(service)], args: [bus.member, bus.leaseTtlMs] });
      const [live, gone, serverNowMs, scores] = reply as [string[], string[], number, string[]];
      if (gone.length > 0) await bus.redis.hdel(infoKey, ...gone);
      return { live: live.toSorted(), serverNowMs, heardOfMs: heardOfBy(scores) };
    },
    describe: async (load) => {
      const text = JSON.stringify({ ...description, startedAtMs, ...load } satisfies StoredMember);
      const waits = load.draining === wasDraining && performance.now() - storedAtMs < DESCRIBE_EVERY_MS;
      if (text === stored || waits) return;
      wasDraining = load.draining;
      await bus.redis.hset(infoKey, bus.member, text);
      stored = text;
      storedAtMs = performance.now();
    },
    leave: async () => {
      await bus.redis.zrem(bus.keys.members(service), bus.member);
      await bus.redis.hdel(infoKey, bus.member);
    },
  };
}
