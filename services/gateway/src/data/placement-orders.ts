import { type Bus, readMembers, requestDrain, requestMove } from '@signal/bus';
import { SignalError } from '@signal/contracts';

/** A partition of a service, and the member that is to own it. */
export type MoveOrder = Readonly<{ service: string; partition: number; to: string }>;

/** What operators may ask of those who place partitions. */
export interface PlacementOrders {
  /** Asks for a move; throws `not_found` when service, partition or member is not there, and `body_invalid` for a member that drains. */
  move(order: MoveOrder): Promise<void>;
  /** Asks for a member to be emptied, and returns in which services; throws `not_found` when no live member of the name owns partitions. */
  drain(member: string): Promise<readonly string[]>;
}

/** Returns the orders as the services' leaders read them in Redis. `services` are those that own partitions. */
export function redisPlacementOrders(bus: Bus, services: readonly string[]): PlacementOrders {
  return {
    move: async (order) => {
      const { service, partition, to } = order;
      if (!services.includes(service)) throw new SignalError('not_found', `there is no service ${service} with partitions`);
      if (!Number.isInteger(partition) || partition < 0 || partition >= bus.partitions)
        throw new SignalError('not_found', `there is no partition ${partition}, and there are ${bus.partitions}`);
      const target = (await readMembers(bus, [service])).find(({ member }) => member === to);
      if (target === undefined) throw new SignalError('not_found', `${service} has no live member ${to}`);
      if (target.draining)
        throw new SignalError('body_invalid', `${to} drains, and must be a member that takes partitions`, {
          errors: [{ pointer: '/to', detail: 'must not drain' }],
        });
      await requestMove(bus, order);
    },
    drain: async (member) => {
      const found = (await readMembers(bus, services)).filter((one) => one.member === member).map(({ service }) => service);
      if (found.length === 0) throw new SignalError('not_found', `there is no live member ${member} with partitions`);
      await Promise.all(found.map((service) => requestDrain(bus, service, member)));
      return found;
    },
  };
}
