import { Gauge, type Registry } from 'prom-client';
import type { Bus } from '../bus.ts';
import { compareIds, sequenceOf, ZERO_ID } from '../redis/stream-id.ts';
import { rangeOf, stateOf } from '../redis/stream-replies.ts';
import { type Behind, showLags } from '../reading/show-lags.ts';
import type { SequenceRun } from './sequence-run.ts';

const unknown: Behind = { lagEntries: null, lagMs: null };

/** Ids of an inbox are times. */
const ageMs = async (bus: Bus, key: string, after: string): Promise<number> => {
  const [next] = await rangeOf(bus.redis, key, { from: `(${after}`, to: '+', count: 1 });
  return next === undefined ? 0 : Math.max(0, bus.clock.nowMs() - sequenceOf(next.id));
};

/** The committed place in the inbox is a group, so Redis counts what comes after it, or says that it does not know. */
const groupLag = async (bus: Bus, key: string, service: string): Promise<number | null> => {
  const rows = (await bus.redis.call('xinfo', ['GROUPS', key])) as readonly (readonly unknown[])[];
  const row = rows.find((flat) => flat[flat.indexOf('name') + 1] === service);
  // Nothing was ever taken, and so nothing was trimmed.
  if (row === undefined) return bus.redis.xlen(key);
  const lag = row[row.indexOf('lag') + 1];
  return typeof lag === 'number' ? lag : null;
};

const inboxBehind = async (bus: Bus, service: string, run: SequenceRun): Promise<Behind> => {
  const { state, partition } = run;
  if (state === undefined) return unknown;
  const key = bus.keys.topic('inbox', partition);
  const at = state.inbox === '' ? ZERO_ID : state.inbox;
  const { lastId } = await stateOf(bus.redis, key);
  if (compareIds(lastId, at) < 0) return unknown;
  if (lastId === at) return { lagEntries: 0, lagMs: 0 };
  return { lagEntries: await groupLag(bus, key, service), lagMs: await ageMs(bus, key, at) };
};

const UTILISATION = 'signal_back_pressure_utilisation';

const utilisationGauge = (registry: Registry): Gauge<'topic'> =>
  (registry.getSingleMetric(UTILISATION) as Gauge<'topic'> | undefined) ??
  new Gauge({
    name: UTILISATION,
    help: 'Share of its room that the log has used before its slowest reader, in the worst partition; at 1 it is held back',
    labelNames: ['topic'],
    registers: [registry],
  });

/** Returns a look at the owned partitions of a sequencer: sets the lag of its inboxes, and how far the log is held back. */
export function createInboxWatcher(bus: Bus, service: string): (runs: Iterable<SequenceRun>) => Promise<void> {
  const utilisation = bus.metrics === undefined ? undefined : utilisationGauge(bus.metrics.registry);
  return async (runs) => {
    const owned = [...runs];
    const lags = await Promise.all(owned.map((run) => inboxBehind(bus, service, run).catch(() => unknown)));
    showLags(bus.metrics, { service, topic: 'inbox' }, lags);
    utilisation?.set({ topic: 'market' }, Math.max(0, ...owned.map(({ state }) => state?.backPressure.utilisation(state.n).share ?? 0)));
  };
}
