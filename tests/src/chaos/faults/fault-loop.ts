import { SignalError } from '@signal/contracts';
import { setTimeout as wait } from 'node:timers/promises';
import { carryOut, type FaultDeps, type Outcome } from './carry-out.ts';
import type { DrawnFault } from './draw-faults.ts';

/** Looks after the services while faults come: one fault of a service at a time, and none while it has too few members. */
const SETTLED_WITHIN_MS = 60_000;
const POLL_MS = 10;
/** Members above the least that additions may bring. */
const MOST_SPARE = 1;
const SETTLE_MS = 300;

/** Carries out all faults, several services at once, and returns what was done in the order in which it ended. */
export async function runFaults(deps: FaultDeps, faults: readonly DrawnFault[], services: readonly string[]): Promise<readonly Outcome[]> {
  const done: Outcome[] = [];
  const busy = new Set<string>();
  const inHand = new Set<Promise<void>>();
  let failure: unknown;

  /** While something is done to a service, no other fault befalls it. */
  const hold = (service: string, doing: Promise<unknown>): void => {
    busy.add(service);
    const work: Promise<void> = doing
      .then(() => undefined)
      .catch((error: unknown) => {
        failure ??= error;
      })
      .finally(() => {
        busy.delete(service);
        inHand.delete(work);
      });
    inHand.add(work);
  };
  const isWell = (service: string): boolean => !busy.has(service) && deps.roster.readyOf(service).length >= deps.leastOf(service);
  const mayTake = (fault: DrawnFault, service: string): boolean => {
    if (!isWell(service)) return false;
    return fault.kind !== 'add' || deps.roster.upOf(service).length < deps.leastOf(service) + MOST_SPARE;
  };
  /** A member that used up a budget ended by itself: as a supervisor would, another is started. */
  const refill = (): void => {
    for (const service of services) {
      if (busy.has(service) || deps.roster.upOf(service).length >= deps.leastOf(service)) continue;
      hold(service, deps.roster.add(service));
    }
  };
  /** The drawn service, or the next one after it that is well. */
  const choose = async (fault: DrawnFault): Promise<string> => {
    const first = services.indexOf(fault.service);
    const order = services.map((_, index) => services[(first + index) % services.length] ?? fault.service);
    for (const givesUpAtMs = performance.now() + SETTLED_WITHIN_MS; performance.now() < givesUpAtMs; await wait(POLL_MS)) {
      if (failure !== undefined) throw failure;
      refill();
      const chosen = order.find((service) => mayTake(fault, service));
      if (chosen !== undefined) return chosen;
      // An addition that nobody needs is left out rather than waited for.
      if (fault.kind === 'add') return '';
    }
    throw new SignalError('deadline_exceeded', `no service was well within ${SETTLED_WITHIN_MS} ms to bear a fault`);
  };
  const begin = (fault: DrawnFault, service: string): void => {
    const doing = carryOut(deps, fault, service).then(async (outcome) => {
      if (outcome === undefined) return;
      done.push(outcome);
      deps.say(`${outcome.kind} ${outcome.member} of ${outcome.partitions.length} partitions, over after ${Date.now() - outcome.atMs} ms`);
      await wait(SETTLE_MS);
    });
    hold(service, doing);
  };

  for (const fault of faults) {
    await wait(fault.afterMs);
    const service = fault.kind === 'redis' ? 'redis' : await choose(fault);
    if (service !== '') begin(fault, service);
  }
  await Promise.all(inHand);
  if (failure !== undefined) throw failure;
  return done;
}
