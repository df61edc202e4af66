import type { Bus } from '../bus.ts';
import { liveMembers, type StoredMember } from '../ownership/membership.ts';
import type { MemberInfo } from './reading-types.ts';

const parse = (text: string | null | undefined): Partial<StoredMember> =>
  text === null || text === undefined ? {} : (JSON.parse(text) as StoredMember);

const membersOf = async (bus: Bus, service: string): Promise<readonly MemberInfo[]> => {
  const members = await liveMembers(bus, service);
  if (members.length === 0) return [];
  const texts = await bus.redis.hmget(bus.keys.memberInfo(service), ...members);
  return members.map((member, index) => {
    const stored = parse(texts[index]);
    return {
      service,
      member,
      pid: stored.pid ?? 0,
      url: stored.url ?? '',
      startedAtMs: stored.startedAtMs ?? 0,
      partitions: stored.partitions ?? 0,
      busy: stored.busy ?? 0,
      draining: stored.draining ?? false,
    };
  });
};

/** Returns the live members of services, in the order of the services. */
export async function readMembers(bus: Bus, services: readonly string[]): Promise<MemberInfo[]> {
  return (await Promise.all(services.map((service) => membersOf(bus, service)))).flat();
}
