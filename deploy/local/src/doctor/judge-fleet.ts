import { fleetServices } from '../fleet/names.ts';
import { fail, type Finding, pass } from './finding.ts';

/** The fleet as it describes itself: who lives, and who owns what. */
export type FleetFacts = Readonly<{
  members: readonly Readonly<{ service: string; member: string }>[];
  partitions: readonly Readonly<{ service: string; partition: number; owner: string | null }>[];
}>;

const MOST_NAMED = 5;

/** Returns whether every service has a member, and every partition an owner that lives. */
export function judgeFleet({ members, partitions }: FleetFacts): readonly Finding[] {
  const missing = fleetServices.filter((service) => !members.some((member) => member.service === service));
  const present =
    missing.length === 0
      ? pass('members.present', `${members.length} members of ${fleetServices.length} services`)
      : fail('members.present', `no member of ${missing.join(', ')} lives`, 'start one of each');
  const living = new Set(members.map(({ service, member }) => `${service} ${member}`));
  const unowned = partitions.filter(({ service, owner }) => owner === null || !living.has(`${service} ${owner}`));
  const named = unowned.slice(0, MOST_NAMED).map(({ service, partition }) => `${service} ${partition}`);
  const detail = `${unowned.length} of ${partitions.length} have no living owner: ${named.join(', ')}${unowned.length > MOST_NAMED ? ', …' : ''}`;
  if (partitions.length === 0) return [present, fail('partitions.owned', 'no partition is known', 'start the fleet')];
  if (unowned.length === 0) return [present, pass('partitions.owned', `all ${partitions.length}`)];
  return [present, fail('partitions.owned', detail, 'look again in some seconds; if it lasts, see the members for why they do not take them up')];
}
