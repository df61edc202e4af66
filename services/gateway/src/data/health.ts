import type { HealthBody, HealthStatus } from '@signal/contracts';
import { withDeadline } from '@signal/kernel';
import type { ReaderHealth } from './reader-health.ts';
import type { SandboxReader } from './sandbox.ts';

/** A dependency that is asked whether it lives. `warn` = the service lives on without it for a while. */
export type Dependency = Readonly<{ name: string; onFailure: 'warn' | 'fail'; ask: () => Promise<unknown> }>;

type DependencyHealth = HealthBody['dependencies'][string];

const ASK_TIMEOUT_MS = 2_000;
const SCRIPTS = 'script-runner';

const ask = async ({ name, onFailure, ask: call }: Dependency): Promise<readonly [string, DependencyHealth]> => {
  const begun = performance.now();
  try {
    await withDeadline(call(), ASK_TIMEOUT_MS, name);
    return [name, { status: 'pass', latencyMs: Math.round((performance.now() - begun) * 1000) / 1000 }];
  } catch {
    // What exactly failed stands in the log of the breaker; a stranger who asks for health learns no addresses.
    return [name, { status: onFailure, latencyMs: null, detail: 'did not answer' }];
  }
};

/** Returns the worst of some states. */
export function worstOf(states: readonly HealthStatus[]): HealthStatus {
  if (states.includes('fail')) return 'fail';
  return states.includes('warn') ? 'warn' : 'pass';
}

type FleetHealth = Readonly<{
  services: readonly string[];
  members: () => Promise<readonly Readonly<{ service: string; url: string }>[]>;
  marketMs: () => Promise<number | null>;
  sandbox: SandboxReader;
  readers: ReaderHealth;
}>;

/** Returns the health of the dependencies, asked side by side, and of the services by their live members: a service without any has failed. */
export async function healthOf(dependencies: readonly Dependency[], fleet: FleetHealth): Promise<HealthBody> {
  const [asked, members, marketTimeMs, readers] = await Promise.all([
    Promise.all(dependencies.map(ask)),
    fleet.members().catch(() => []),
    fleet.marketMs().catch(() => null),
    fleet.readers().catch(() => undefined),
  ]);
  const services = fleet.services.map((service) => {
    const count = members.filter((member) => member.service === service).length;
    return [service, { status: count === 0 ? 'fail' : 'pass', members: count }] as const;
  });
  const layers = await fleet.sandbox(members.filter(({ service }) => service === SCRIPTS).map(({ url }) => url));
  const parts = [...asked, ...services, ...Object.entries(readers ?? {})];
  const status = worstOf(parts.map(([, health]) => health.status));
  return {
    status,
    marketTimeMs,
    dependencies: Object.fromEntries(asked),
    services: Object.fromEntries(services),
    ...(readers === undefined ? {} : { readers }),
    ...(layers === undefined ? {} : { sandbox: { layers } }),
  };
}
