import type { ControlRecord, Source } from '@signal/contracts';
import { type IngestFold, planKey, scriptKey } from '../fold/ingest-fold.ts';

type OfKind<Kind extends ControlRecord['kind']> = Extract<ControlRecord, { kind: Kind }>;

/** What is opened without being asked for: series of every instrument, and plans and scripts of some. */
export type Defaults = Readonly<{
  intervals: readonly string[];
  plans: readonly Omit<OfKind<'plan-start'>, 'kind'>[];
  scripts: readonly Omit<OfKind<'script-start'>, 'kind'>[];
}>;

/** Returns the records that introduce an instrument: what feeds it, then its series. */
export function openInstrument(
  instrument: string,
  { intervals, feed, source = 'live' }: Readonly<{ intervals: readonly string[]; feed: string; source?: Source }>,
): readonly ControlRecord[] {
  return [{ kind: 'instrument', instrument, feed, source }, ...intervals.map((interval) => ({ kind: 'series-open', instrument, interval }) as const)];
}

/** Returns the records that open what is not open yet, for the instruments of one partition. */
export function missingDefaults(
  fold: IngestFold,
  feed: Readonly<{ name: string; instruments: readonly Readonly<{ instrument: string; source: Source }>[] }>,
  defaults: Defaults,
): readonly ControlRecord[] {
  const { name, instruments } = feed;
  const records: ControlRecord[] = [];
  for (const { instrument, source } of instruments) {
    const missing = defaults.intervals.filter((interval) => !fold.builder.intervalsOf(instrument).includes(interval));
    const opening = openInstrument(instrument, { intervals: missing, feed: name, source });
    records.push(...(fold.instruments.has(instrument) ? opening.slice(1) : opening));
  }
  const isHere = ({ instrument }: Readonly<{ instrument: string }>): boolean => instruments.some((one) => one.instrument === instrument);
  for (const plan of defaults.plans) {
    if (isHere(plan) && !fold.plans.has(planKey(plan))) records.push({ kind: 'plan-start', ...plan });
  }
  for (const script of defaults.scripts) {
    if (isHere(script) && fold.scripts.get(scriptKey(script)) !== String(script.version)) records.push({ kind: 'script-start', ...script });
  }
  return records;
}
