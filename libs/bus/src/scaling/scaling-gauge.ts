import type { Metrics } from '@signal/kernel';
import { Gauge, type Registry } from 'prom-client';

type Shown = Map<string, Readonly<{ recommended: number; atMs: number }>>;

/** What was said so long ago was said by a leader that leads no more. */
const FORGET_AFTER_MS = 30_000;

const known = new WeakMap<Registry, Shown>();

const createGauge = (registry: Registry): Shown => {
  const shown: Shown = new Map();
  // Made for its side effect: the registry collects it.
  void new Gauge({
    name: 'signal_recommended_replicas',
    help: 'Members that a service should have, said by its leader',
    labelNames: ['service'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [service, { recommended, atMs }] of shown) {
        if (performance.now() - atMs < FORGET_AFTER_MS) this.set({ service }, recommended);
      }
    },
  });
  return shown;
};

/** Shows a recommendation among the metrics of this process while it is fresh. */
export function showRecommended({ registry }: Metrics, service: string, recommended: number): void {
  const shown = known.get(registry) ?? createGauge(registry);
  known.set(registry, shown);
  shown.set(service, { recommended, atMs: performance.now() });
}
