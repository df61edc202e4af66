import type { TestConfigServer } from '@signal/testing';
import { type MemberProcess, startMember } from './member-process.ts';

/** Services that run, and how many members each has at least while faults come. */
export type Members = Readonly<Record<string, number>>;

/** Members as the contract of this command names them: two of everything that shares partitions, one door. */
export const defaultMembers: Members = { ingest: 2, indicator: 2, greeks: 2, 'script-runner': 2, archive: 2, gateway: 1 };

/** All members of a run, those that come and those that go. */
export interface Roster {
  /** Starts a member of a service, under a given name or a new one, and returns it once it is ready. One that cannot start while Redis is away is tried again. */
  add(service: string, member?: string): Promise<MemberProcess>;
  /** Members of a service that are ready, oldest first. */
  readyOf(service: string): readonly MemberProcess[];
  /** Members of a service that run, ready or not. */
  upOf(service: string): readonly MemberProcess[];
  all(): readonly MemberProcess[];
  /** SIGTERM to all members of some services at once; returns those that did not exit with 0. */
  stop(services: readonly string[]): Promise<readonly string[]>;
  killAll(): Promise<void>;
  /** Starts that failed and were tried again. */
  failedStarts(): number;
  /** Members that drained and ended since they had used up a budget: on a crowded machine that is their duty. */
  exhausted(): number;
  /** Members that ended by themselves otherwise, in words. */
  deaths(): readonly string[];
}

/** What members are started with: the config servers of those that reach Redis directly and by the proxy, and which they get. */
export type RosterOptions = Readonly<{ logFolder: string; configFor(service: string, count: number): TestConfigServer }>;

const START_ATTEMPTS = 4;
/** What a process exits with that used up a budget. */
const EXHAUSTED_CODE = 75;

/** Returns an empty roster. */
export function createRoster({ logFolder, configFor }: RosterOptions): Roster {
  const members: MemberProcess[] = [];
  const counts = new Map<string, number>();
  const upOf = (service: string): readonly MemberProcess[] => members.filter((one) => one.service === service && one.isUp());
  let failedStarts = 0;
  const start = (service: string, named: string | undefined): MemberProcess => {
    const count = (counts.get(service) ?? 0) + 1;
    counts.set(service, count);
    const started = startMember({ service, member: named ?? `${service}-${count}`, config: configFor(service, count), logFolder });
    members.push(started);
    return started;
  };
  return {
    add: async (service, named) => {
      for (let attempt = 1; ; attempt += 1) {
        const started = start(service, named);
        try {
          await started.ready;
          return started;
        } catch (error) {
          failedStarts += 1;
          members.splice(members.indexOf(started), 1);
          await started.end('SIGKILL');
          if (attempt === START_ATTEMPTS) throw error;
        }
      }
    },
    readyOf: (service) => upOf(service).filter((one) => one.isReady()),
    upOf,
    all: () => members,
    stop: async (services) => {
      const stopping = services.flatMap(upOf);
      const codes = await Promise.all(stopping.map((one) => one.end('SIGTERM')));
      return stopping.flatMap((one, index) => (codes[index] === 0 ? [] : [`${one.member} exited with ${codes[index]}: ${one.said().slice(-600)}`]));
    },
    failedStarts: () => failedStarts,
    exhausted: () => members.filter((one) => one.diedWith() === EXHAUSTED_CODE).length,
    deaths: () =>
      members
        .filter((one) => ![undefined, EXHAUSTED_CODE].includes(one.diedWith()))
        .map((one) => `${one.member} ended by itself with ${one.diedWith()}: ${one.said().slice(-600)}`),
    killAll: async () => {
      await Promise.all(members.filter((one) => one.isUp()).map((one) => one.end('SIGKILL')));
    },
  };
}
