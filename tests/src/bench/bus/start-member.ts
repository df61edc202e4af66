import { SignalError } from '@signal/contracts';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Order, Outcome, Told } from './orders.ts';

/** A member process of the benchmark. */
export interface BenchMember {
  /** Gives an order; `ready` resolves when the member stands ready, `done` when the order is done. */
  give(order: Order): Readonly<{ ready: Promise<void>; done: Promise<Outcome> }>;
  stop(): Promise<void>;
}

const profiling = (folder: string | undefined): readonly string[] => (folder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${folder}`]);

/** Starts a member process; it ends with its parent. */
export function startMember(profileFolder: string | undefined): BenchMember {
  const file = fileURLToPath(new URL('member.ts', import.meta.url));
  const child = fork(file, { execArgv: ['--conditions=signal-source', ...profiling(profileFolder)] });
  return {
    give: (order) => {
      const ready = Promise.withResolvers<void>();
      const done = Promise.withResolvers<Outcome>();
      const fail = (reason: string): void => {
        const error = new SignalError('backend_failed', `a member that was to ${order.role} failed: ${reason}`);
        ready.reject(error);
        done.reject(error);
      };
      const hear = (told: Told): void => {
        if (told.told === 'ready') ready.resolve();
        else if (told.told === 'done') done.resolve(told.outcome);
        else fail(told.reason);
      };
      const die = (code: number | null): void => fail(`it ended with ${code}`);
      child.on('message', hear);
      child.once('exit', die);
      const deaf = (): void => {
        child.off('message', hear);
        child.off('exit', die);
      };
      done.promise.then(deaf, deaf);
      // Whoever awaits only one of the two must not leave the other unhandled.
      ready.promise.catch(() => undefined);
      child.send(order);
      return { ready: ready.promise, done: done.promise };
    },
    stop: async () => {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}
