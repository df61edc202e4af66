import { SignalError } from '@signal/contracts';
import type { Bench } from './bench-context.ts';
import { benchBus } from './bus/bus-bench.ts';
import { benchLimits } from './limits/limits-bench.ts';
import { benchJobQueue } from './job-queue.ts';

/** Every benchmark there is to be; those without one are named and not built yet. */
const benches = {
  bus: benchBus,
  jobs: benchJobQueue,
  indicators: undefined,
  options: undefined,
  scripts: undefined,
  gateway: undefined,
  websocket: undefined,
  pipeline: undefined,
  limits: benchLimits,
} as const satisfies Readonly<Record<string, Bench | undefined>>;

const isName = (name: string): name is keyof typeof benches => Object.hasOwn(benches, name);

const built = (): string =>
  Object.entries(benches)
    .filter(([, bench]) => bench !== undefined)
    .map(([name]) => name)
    .join(', ');

/** Returns the benchmark of a name, or throws `usage` saying which there are. */
export function benchOf(name: string): Bench {
  if (!isName(name)) throw new SignalError('usage', `bench is asked for "${name}", and must be asked for one of ${Object.keys(benches).join(', ')}`);
  const bench: Bench | undefined = benches[name];
  if (bench === undefined) throw new SignalError('usage', `bench "${name}" is not built yet; there are ${built()}`);
  return bench;
}
