import type { Metrics } from '@signal/kernel';
import { Gauge, type Registry } from 'prom-client';

/** How far one partition is behind. `null` means unknown, never 0; without `lagMs` the topic's entries do not know their age. */
export type Behind = Readonly<{ lagEntries: number | null; lagMs?: number | null }>;

const UNKNOWN = 'signal_stream_lag_unknown_partitions';

const unknownGauge = (registry: Registry): Gauge<'service' | 'topic'> =>
  (registry.getSingleMetric(UNKNOWN) as Gauge<'service' | 'topic'> | undefined) ??
  new Gauge({
    name: UNKNOWN,
    help: 'Partitions whose lag is unknown; while there are any, the lag itself is absent',
    labelNames: ['service', 'topic'],
    registers: [registry],
  });

/** Sets the gauges of the lag of a member's partitions: entries in sum, age of the oldest. While one is unknown both are absent, not 0. */
export function showLags(metrics: Metrics | undefined, of: Readonly<{ service: string; topic: string }>, lags: readonly Behind[]): void {
  if (metrics === undefined) return;
  const { streamLagEntries, streamLagSeconds, registry } = metrics;
  const unknown = lags.filter(({ lagEntries, lagMs }) => lagEntries === null || lagMs === null).length;
  unknownGauge(registry).set(of, unknown);
  if (unknown > 0) {
    streamLagEntries.remove(of);
    streamLagSeconds.remove(of);
    return;
  }
  streamLagEntries.set(
    of,
    lags.reduce((sum, { lagEntries }) => sum + (lagEntries ?? 0), 0),
  );
  const ages = lags.flatMap(({ lagMs }) => lagMs ?? []);
  if (lags.length === 0 || ages.length > 0) streamLagSeconds.set(of, Math.max(0, ...ages) / 1_000);
}
