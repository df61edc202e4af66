import type { Bus } from '../bus.ts';
import { runScript } from '../scripts/run-script.ts';
import type { StealRequest } from './pick-steal.ts';

/** What is asked of a service's leader. */
export type Requests = Readonly<{
  /** Moves by hand: partition → member. */
  pins: ReadonlyMap<number, string>;
  /** Members that are to be emptied. */
  draining: readonly string[];
  steals: readonly StealRequest[];
}>;

const partOf = (field: string, prefix: string): string | undefined => (field.startsWith(prefix) ? field.slice(prefix.length) : undefined);

/** Returns what is asked of a service's leader now. */
export async function readRequests(bus: Bus, service: string): Promise<Requests> {
  const stored = Object.entries(await bus.redis.hgetall(bus.keys.requests(service)));
  return {
    pins: new Map(
      stored.flatMap(([field, text]): [number, string][] => {
        const partition = partOf(field, 'pin:');
        return partition === undefined || Number(partition) >= bus.partitions ? [] : [[Number(partition), text]];
      }),
    ),
    draining: stored.flatMap(([field]) => partOf(field, 'drain:') ?? []),
    steals: stored.flatMap(([field, text]) => (partOf(field, 'steal:') === undefined ? [] : (JSON.parse(text) as StealRequest))),
  };
}

const ask = async (bus: Bus, service: string, [field, value]: readonly [string, string]): Promise<void> => {
  await bus.redis.hset(bus.keys.requests(service), field, value);
};

/** Asks the leader to put a partition with a member; it stays there until that member is gone or drains, or it is moved again. */
export async function requestMove(bus: Bus, { service, partition, to }: Readonly<{ service: string; partition: number; to: string }>): Promise<void> {
  await ask(bus, service, [`pin:${partition}`, to]);
  await bus.redis.publish(bus.keys.released(service), JSON.stringify({ kind: 'asked' }));
}

/** Asks the leader to leave a member without partitions until it stops; a member that starts again under the name is asked nothing. */
export async function requestDrain(bus: Bus, service: string, member: string): Promise<void> {
  await ask(bus, service, [`drain:${member}`, '1']);
  await bus.redis.publish(bus.keys.released(service), JSON.stringify({ kind: 'asked' }));
}

/** Asks the leader for work. */
export function requestSteal(bus: Bus, service: string, request: StealRequest): Promise<void> {
  return ask(bus, service, [`steal:${request.member}`, JSON.stringify(request)]);
}

/** Takes back what was asked of or by a member. */
export async function forgetRequestsOf(bus: Bus, service: string, member: string): Promise<void> {
  await bus.redis.hdel(bus.keys.requests(service), `drain:${member}`, `steal:${member}`);
}

/** Takes a pin back, unless it was changed meanwhile. */
export async function dropPin(bus: Bus, service: string, [partition, to]: readonly [number, string]): Promise<void> {
  await runScript(bus.redis, 'dropField', { keys: [bus.keys.requests(service)], args: [`pin:${partition}`, to] });
}
