import type { Scale, ScalableService } from '../flags/scale.ts';

/** A service that runs as members of the fleet. */
export type FleetService = ScalableService | 'gateway';

/** Services of a fleet, in the order in which they are named. */
export const fleetServices: readonly FleetService[] = ['ingest', 'indicator', 'greeks', 'script-runner', 'archive', 'gateway'];

/** One member to run. */
export type PlannedMember = Readonly<{ service: FleetService; member: string }>;

/** Services in the order in which the fleet stops: the door and the source first, then what they feed, the archive last. */
export const stopOrder: readonly (readonly FleetService[])[] = [['gateway', 'ingest'], ['indicator', 'greeks', 'script-runner'], ['archive']];

/** Services that read `market` and must have caught up before a finished `--once` ends. */
export const marketReaders = ['indicator', 'greeks', 'script-runner', 'archive'] as const satisfies readonly FleetService[];

/** Returns the members of a fleet: `indicator-1`, `indicator-2` … */
export function planMembers(scale: Scale): readonly PlannedMember[] {
  return fleetServices.flatMap((service) => {
    const count = service === 'gateway' ? 1 : (scale.get(service) ?? 1);
    return Array.from({ length: count }, (_, index) => ({ service, member: `${service}-${index + 1}` }));
  });
}
