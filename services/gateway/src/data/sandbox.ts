import { SignalError } from '@signal/contracts';
import type { Breakers } from '@signal/kernel';

/** Layers round users' scripts by name: whether each is on. */
export type SandboxLayers = Readonly<Record<string, boolean>>;
/** Returns the layers of the hosts under some internal addresses; undefined when none answers. */
export type SandboxReader = (urls: readonly string[]) => Promise<SandboxLayers | undefined>;

const ASK_TIMEOUT_MS = 1_000;
/** Every other dependency that health asks has as long. */
const HEALTH_DEADLINE_MS = 2_000;

const layersIn = (body: unknown): SandboxLayers => {
  const { layers = {} } = body as Readonly<{ layers?: Readonly<Record<string, unknown>> }>;
  return Object.fromEntries(Object.entries(layers).map(([name, isOn]) => [name, isOn === true]));
};

/** Returns the layers that are on everywhere: one that a single host misses counts as off. */
export function onEverywhere(hosts: readonly SandboxLayers[]): SandboxLayers | undefined {
  const names = new Set(hosts.flatMap((layers) => Object.keys(layers)));
  return hosts.length === 0 ? undefined : Object.fromEntries([...names].map((name) => [name, hosts.every((layers) => layers[name] === true)]));
}

/** Returns a reader of what each script-runner says of its sandbox. */
export function createSandboxReader(breakers: Breakers, internalKey: () => string): SandboxReader {
  const asked = breakers.create({
    dependency: 'script-runner',
    timeoutMs: ASK_TIMEOUT_MS,
    callerDeadlineMs: HEALTH_DEADLINE_MS,
    call: async (signal, url: string) => {
      const response = await fetch(`${url}/sandbox`, { headers: { authorization: `Bearer ${internalKey()}` }, signal });
      if (!response.ok) throw new SignalError('unavailable', `${url}/sandbox answered ${response.status}, and must answer 200`);
      return layersIn(await response.json());
    },
  });
  return async (urls) => {
    const answers = await Promise.allSettled(urls.map((url) => asked.fire(url)));
    return onEverywhere(answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : [])));
  };
}
