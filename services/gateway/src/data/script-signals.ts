import type { Signal, SignalBody } from '@signal/contracts';
import { timeTextOf } from './bar-body.ts';
import { type LatestSource, readSignals } from './latest-source.ts';

type Registry = Readonly<{ latest: LatestSource; partitions: number }>;
type Wanted = Readonly<{ script?: string | undefined; instrument?: string | undefined }>;

/** Tells whether a signal's expression, `scr_…@version`, is of the script. */
export function isOfScript(expression: string | undefined, script: string): boolean {
  return expression === script || expression?.startsWith(`${script}@`) === true;
}

const isWanted = (field: string, wanted: Wanted): boolean => {
  const [instrument, , expression] = field.split('|');
  return (
    (wanted.instrument === undefined || instrument === wanted.instrument) && (wanted.script === undefined || isOfScript(expression, wanted.script))
  );
};

/** Returns the partitions in which a script has signalled, with the fields of its newest signals. */
export async function findScriptFields(
  registry: Registry,
  wanted: Wanted,
): Promise<readonly Readonly<{ partition: number; fields: readonly string[] }>[]> {
  const partitions = Array.from({ length: registry.partitions }, (_, partition) => partition);
  const found = await Promise.all(
    partitions.map(async (partition) => ({
      partition,
      fields: (await registry.latest.fields('scripts', partition)).filter((field) => isWanted(field, wanted)),
    })),
  );
  return found.filter(({ fields }) => fields.length > 0);
}

/** Returns the newest signals of scripts, the newest first. */
export async function latestScriptSignals(registry: Registry, wanted: Wanted): Promise<readonly Signal[]> {
  const found = await findScriptFields(registry, wanted);
  const signals = await Promise.all(found.map((at) => readSignals(registry.latest, 'scripts', at)));
  return signals.flat().sort((left, right) => right.tsMs - left.tsMs);
}

/** Returns a script's signal as the API shows it. */
export function signalBodyOf(signal: Signal): SignalBody {
  const { instrument, interval, expression, seq, final, data } = signal;
  return {
    instrument,
    ...(interval === undefined ? {} : { interval }),
    ...(expression === undefined ? {} : { expression }),
    seq,
    ts: timeTextOf(signal.tsMs),
    final,
    data,
  };
}
