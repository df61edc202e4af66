import type { Bus } from '@signal/bus';
import type { TestRedis } from '@signal/testing';
import { setTimeout as wait } from 'node:timers/promises';
import type { MemberProcess } from '../fleet/member-process.ts';
import type { Roster } from '../fleet/roster.ts';
import { patiently } from '../patiently.ts';
import type { CarriedOut } from '../silence/attribute.ts';
import type { DrawnFault } from './draw-faults.ts';

/** What faults are done with. `partitions` = those in which something happens. */
export type FaultDeps = Readonly<{
  roster: Roster;
  redis: TestRedis;
  bus: Bus;
  partitions: readonly number[];
  leaseTtlMs: number;
  /** Members that a service has at least, so that nobody dies alone. */
  leastOf(service: string): number;
  failed(words: string): void;
  say(words: string): void;
}>;

/** Faults that have been seen to end: what was done and to whom. */
export type Outcome = CarriedOut;

const REDIS_DOWN_MS = 300;
const AFTER_REDIS_MS = 1_500;
const TERM_EXIT_WITHIN_MS = 12_000;

/** Which of the watched partitions a member owns now. */
const ownedBy = async ({ bus, partitions }: FaultDeps, { service, member }: MemberProcess): Promise<readonly number[]> => {
  const leases = await Promise.all(partitions.map((partition) => bus.redis.hmget(bus.keys.lease(service, partition), 'member', 'free')));
  return partitions.filter((_, index) => leases[index]?.[0] === member && leases[index]?.[1] !== '1');
};

/** Starts a member in the place of one that goes, unless enough are there; under its name only once it is gone. */
const replace = async (deps: FaultDeps, service: string, named: string | undefined): Promise<void> => {
  if (deps.roster.upOf(service).length >= deps.leastOf(service)) return;
  await deps.roster.add(service, named);
};

type Doing = (deps: FaultDeps, fault: DrawnFault, victim: MemberProcess) => Promise<Omit<Outcome, 'kind' | 'service' | 'member' | 'partitions'>>;

const kill: Doing = async (deps, fault, victim) => {
  const atMs = Date.now();
  await victim.end('SIGKILL');
  await replace(deps, victim.service, fault.sameName ? victim.member : undefined);
  return { atMs, untilMs: atMs + 2 * deps.leaseTtlMs };
};

const stop: Doing = async (deps, fault, victim) => {
  const atMs = Date.now();
  victim.signal('SIGSTOP');
  await wait(fault.stopTtls * deps.leaseTtlMs);
  victim.signal('SIGCONT');
  const wokenAtMs = Date.now();
  await wait(2 * deps.leaseTtlMs);
  if (!victim.isUp()) deps.failed(`${victim.member} ended after it was stopped and woken: ${victim.said().slice(-600)}`);
  return { atMs, untilMs: wokenAtMs + deps.leaseTtlMs };
};

const term: Doing = async (deps, fault, victim) => {
  const atMs = Date.now();
  const code = await victim.end('SIGTERM', TERM_EXIT_WITHIN_MS);
  const exitedAtMs = Date.now();
  if (code !== 0) deps.failed(`${victim.member} exited with ${code} after SIGTERM: ${victim.said().slice(-600)}`);
  await replace(deps, victim.service, fault.sameName ? victim.member : undefined);
  return { atMs, untilMs: exitedAtMs };
};

/** Cuts every connection of one member, in the middle of whatever is on its way. */
const cut: Doing = async (deps, _, victim) => {
  const list = String(await patiently(() => deps.bus.redis.client('LIST')));
  const ids = [...list.matchAll(/^id=(\d+) .*? name=(\S+) /gm)].flatMap(([, id = '', name = '']) =>
    name.startsWith(`${victim.member}:`) ? [id] : [],
  );
  const atMs = Date.now();
  // One that ended by itself meanwhile is cut already.
  await Promise.all(ids.map((id) => deps.bus.redis.client('KILL', 'ID', id).catch(() => 0)));
  return { atMs, untilMs: atMs + deps.leaseTtlMs };
};

const memberFaults: Readonly<Record<'kill' | 'stop' | 'term' | 'cut', Doing>> = { kill, stop, term, cut };

/** Kills Redis and starts it again on its append-only file. */
const restartRedis = async ({ redis }: FaultDeps): Promise<Outcome> => {
  const atMs = Date.now();
  await redis.kill();
  await wait(REDIS_DOWN_MS);
  await redis.restart();
  return { kind: 'redis', service: undefined, member: 'redis', atMs, untilMs: Date.now() + AFTER_REDIS_MS, partitions: [] };
};

/** Carries out one fault on `service`, waits until its victim is replaced, and returns what was done; `undefined` when nobody was there. */
export async function carryOut(deps: FaultDeps, fault: DrawnFault, service: string): Promise<Outcome | undefined> {
  const { kind } = fault;
  if (kind === 'redis') return restartRedis(deps);
  if (kind === 'add') {
    const { member } = await deps.roster.add(service);
    const atMs = Date.now();
    return { kind, service, member, atMs, untilMs: atMs, partitions: [] };
  }
  const ready = deps.roster.readyOf(service);
  const victim = ready[fault.member % Math.max(1, ready.length)];
  if (victim === undefined) return undefined;
  const partitions = await patiently(() => ownedBy(deps, victim));
  return { kind, service, member: victim.member, partitions, ...(await memberFaults[kind](deps, fault, victim)) };
}
