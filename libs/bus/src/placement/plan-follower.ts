import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { Bus } from '../bus.ts';
import { runScript } from '../scripts/run-script.ts';
import type { PlacementPlan } from './placement-plan.ts';

/** A member's view of its service's plan and of its own leadership. */
export interface PlanFollower {
  /** Looks at the plan, and takes or renews the leadership if `mayLead` and nobody else has it. */
  follow(mayLead: boolean): Promise<void>;
  /** The newest plan seen. It is kept when Redis has lost it, since the leader will store it again. */
  plan(): PlacementPlan | undefined;
  /** Version of that plan; '' while Redis has none. */
  version(): string;
  /** Epoch of the own leadership, 0 while another leads. */
  leads(): number;
  /** Stores a plan in the name of the leader, and returns whether this member still was. */
  store(plan: PlacementPlan): Promise<boolean>;
  /** Gives the leadership back, so that another can take it at once. */
  resign(): Promise<void>;
}

/** Part of the ttl for which a leadership is trusted here: the rest is for clocks that run apart. */
const TRUSTED_PART = 0.9;

/** Returns the follower of a service's plan. */
export function createPlanFollower(bus: Bus, service: string): PlanFollower {
  const key = bus.keys.plan(service);
  const nonce = randomBytes(8).toString('hex');
  let epoch = 0;
  let leadsUntilMs = 0;
  let version = '';
  let plan: PlacementPlan | undefined;
  const leads = (): number => (performance.now() < leadsUntilMs ? epoch : 0);
  return {
    follow: async (mayLead) => {
      const fromMs = performance.now();
      const args = [bus.member, nonce, bus.leaseTtlMs, mayLead ? '1' : '0', version];
      const [leading, stored, text] = (await runScript(bus.redis, 'followPlan', { keys: [key], args })) as [number, string, string];
      epoch = leading;
      leadsUntilMs = leading === 0 ? 0 : fromMs + bus.leaseTtlMs * TRUSTED_PART;
      version = stored;
      if (text !== '') plan = JSON.parse(text) as PlacementPlan;
    },
    plan: () => plan,
    version: () => version,
    leads,
    store: async (next) => {
      const args = [bus.member, nonce, leads(), JSON.stringify(next)];
      const stored = (await runScript(bus.redis, 'storePlan', { keys: [key], args })) as string;
      if (stored === '') return false;
      version = stored;
      plan = next;
      return true;
    },
    resign: async () => {
      if (epoch === 0) return;
      await runScript(bus.redis, 'releaseLeases', { keys: [key], args: [bus.member, nonce, epoch] });
      epoch = 0;
      leadsUntilMs = 0;
    },
  };
}
