import { performance } from 'node:perf_hooks';
import type { Bus } from '../bus.ts';
import { runScript } from '../scripts/run-script.ts';

/** What a member says of itself. */
export type MemberDescription = Readonly<{ pid: number; url: string }>;

/** What changes while a member lives. `busy` is the share of time spent folding, 0 to 1. */
export type MemberLoad = Readonly<{ partitions: number; busy: number; draining: boolean }>;

/** A member as it stands in the hash of a service's members. */
export type StoredMember = MemberDescription & MemberLoad & Readonly<{ startedAtMs: number }>;

/** What a heartbeat tells, on the server's clock: who was heard of within the ttl, and who merely counts as alive after a pause. */
export type Heartbeat = Readonly<{
  /** All that count as alive, sorted. */
  live: readonly string[];
  /** Those among them that were not heard of since the pause. */
  inGrace: readonly string[];
  serverNowMs: number;
  /** After how long one of them may count as dead, if it is not heard of. */
  changesInMs: number;
}>;

/** A member's own place among a service's members. */
export interface Membership {
  /** Says that this member lives, and returns who does; names are sorted. */
  beat(): Promise<Heartbeat>;
  /** Stores what changed, at most once a second unless it matters at once. */
  describe(load: MemberLoad): Promise<void>;
  leave(): Promise<void>;
}

const DESCRIBE_EVERY_MS = 1_000;

/** Connections come back after half a second at most, each at its own time. */
const LEAST_GRACE_MS = 600;

type HeartbeatReply = readonly [live: string[], gone: string[], nowMs: number, heardMs: number[], kept: string[], graceUntilMs: number];

const runHeartbeat = async (bus: Bus, service: string, member: string): Promise<HeartbeatReply> => {
  const args = [member, bus.leaseTtlMs, Math.max(bus.leaseTtlMs / 2, LEAST_GRACE_MS)];
  return (await runScript(bus.redis, 'heartbeat', { keys: [bus.keys.members(service)], args })) as HeartbeatReply;
};

const heartbeatOf = (bus: Bus, [heard, , serverNowMs, heardMs, inGrace, graceUntilMs]: HeartbeatReply): Heartbeat => {
  const waits = heardMs.map((atMs) => atMs + bus.leaseTtlMs - serverNowMs);
  if (inGrace.length > 0) waits.push(graceUntilMs - serverNowMs);
  return { live: [...heard, ...inGrace].toSorted(), inGrace, serverNowMs, changesInMs: Math.max(1, Math.min(...waits)) };
};

/** Returns the names of a service's live members, sorted, by server time. */
export async function liveMembers(bus: Bus, service: string): Promise<readonly string[]> {
  return heartbeatOf(bus, await runHeartbeat(bus, service, '')).live;
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
      const reply = await runHeartbeat(bus, service, bus.member);
      if (reply[1].length > 0) await bus.redis.hdel(infoKey, ...reply[1]);
      return heartbeatOf(bus, reply);
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
