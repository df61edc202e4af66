import { tmpdir } from 'node:os';
import { createCollector } from './collect-garbage.ts';
import { descriptorProbe } from './descriptor-probe.ts';
import { diskProbe } from './disk-probe.ts';
import { eventLoopProbe } from './event-loop-probe.ts';
import { heapProbe, memoryProbe } from './memory-probes.ts';
import type { PressureBudgets } from './pressure-settings.ts';
import type { Probe, Unmeasured } from './probe.ts';

/** Where stdout goes: the log's file when the launcher or a shell redirected it there. */
const LOG = '/proc/self/fd/1';

/** Everything that can be measured of this process, and what cannot. */
export type ProcessProbes = Readonly<{ probes: readonly Probe[]; unmeasured: readonly Unmeasured[] }>;

/** Returns the probes of this process. `folders` are those it writes to, beside its log and the temporary folder. */
export function processProbes(budgets: () => PressureBudgets, folders: readonly string[] = []): ProcessProbes {
  const deps = { budgets, collect: createCollector() };
  const descriptors = descriptorProbe(budgets);
  const fixed = [memoryProbe(deps), heapProbe(deps), eventLoopProbe(budgets), diskProbe([LOG, tmpdir(), ...folders], budgets)];
  return 'why' in descriptors ? { probes: fixed, unmeasured: [descriptors] } : { probes: [...fixed, descriptors], unmeasured: [] };
}
