import type { LogEntry, Output, PartitionFold, Reject } from '@signal/bus';
import { encodeSignals, isSignalError, latestField, type MarketRecord, type MarketRun, recordsOfRun } from '@signal/contracts';
import { onBar, runsOn } from '../handlers/on-bar.ts';
import { onScriptStart } from '../handlers/on-script-start.ts';
import { onScriptStop } from '../handlers/on-script-stop.ts';
import { seriesKey } from './bar-history.ts';
import { type FoldState, restoreState, storeState } from './fold-state.ts';
import type { ScriptCaller } from './script-caller.ts';
import type { Effect, ScriptRun } from './script-run.ts';

/** What a fold needs. `log` is told what scripts wrote. */
export type FoldDeps = Readonly<{ caller: ScriptCaller; log: (run: ScriptRun, lines: readonly string[]) => void; snapshot?: Uint8Array | undefined }>;

/** Signals of one output at most; more go out as further entries of the same market entry. */
const SIGNALS_PER_OUTPUT = 200;

type Indexed = Readonly<{ index: number; record: MarketRecord }>;

/** A stopped call's verdict is kept beside the latest signals, where the next owner of the partition finds it. */
const latestOf = ({ signal, verdict }: Effect): Output['latest'] => {
  const latest = [latestField(signal), JSON.stringify(signal)] as const;
  return verdict === undefined ? [latest] : [latest, verdict];
};

/** Returns the outputs that carry effects, in their order. */
export function outputsOf(effects: readonly Effect[]): readonly Output[] {
  const outputs: Output[] = [];
  for (let from = 0; from < effects.length; from += SIGNALS_PER_OUTPUT) {
    const some = effects.slice(from, from + SIGNALS_PER_OUTPUT);
    outputs.push({ topic: 'scripts', fields: encodeSignals(some.map(({ signal }) => signal)), latest: some.flatMap(latestOf) });
  }
  return outputs;
}

/** Closed bars and script records are looked at; everything else of an entry is passed over without being decoded. */
const isOfInterest = (run: MarketRun): boolean => {
  if (run.kind === 'control') return run.records.some(({ kind }) => kind === 'script-start' || kind === 'script-stop');
  return run.kind === 'bar' && run.columns.final.includes(1);
};

const isClosed = ({ record }: Indexed): boolean => record.kind !== 'bar' || record.final;

const recordsOfInterest = ({ body }: LogEntry): readonly Indexed[] => {
  const found: Indexed[] = [];
  let first = 0;
  for (const run of body.runs) {
    const from = first;
    if (isOfInterest(run))
      found.push(...[...recordsOfRun(run, body.strings).entries()].map(([row, record]) => ({ index: from + row, record })).filter(isClosed));
    first += run.rows;
  }
  return found;
};

const needsWorker = (state: FoldState, records: readonly Indexed[]): boolean =>
  records.some(({ record }) => (record.kind === 'bar' ? runsOn(state, seriesKey(record)).length > 0 : record.kind.startsWith('script-')));

/** Returns the fold of one partition: closed bars go to the scripts that run on them, in the log's order. */
export function createScriptFold({ caller, log, snapshot }: FoldDeps): PartitionFold {
  const state = restoreState(snapshot);
  const handlers = { bar: onBar(state, caller, log), start: onScriptStart(state, caller), stop: onScriptStop(state, caller) };

  const take = async (record: MarketRecord, n: number): Promise<readonly Effect[]> => {
    if (record.kind === 'script-start') return handlers.start(record, n);
    if (record.kind === 'script-stop') await handlers.stop(record);
    if (record.kind !== 'bar') return [];
    const series = seriesKey(record);
    const bar = state.history.accept(record);
    if (typeof bar === 'object') return handlers.bar({ series, bar, n });
    // Isolates hold the bars as they saw them: they are made anew, with the corrected one, before the next bar.
    if (bar === 'corrected') for (const run of runsOn(state, series)) await caller.drop(run);
    return [];
  };

  const takeAll = async (records: readonly Indexed[], n: number, reject: Reject): Promise<readonly Output[]> => {
    const effects: Effect[] = [];
    for (const { index, record } of records) {
      try {
        effects.push(...(await take(record, n)));
      } catch (error) {
        // A script that is not there, or is not what its hash says, is the record's fault; all else is ours and stops the fold.
        if (!isSignalError(error, 'object_missing', 'script_rejected') || record.kind !== 'script-start') throw error;
        reject(index, error.code, error.message, record);
      }
    }
    return outputsOf(effects);
  };

  return {
    apply: (entry, reject) => {
      const records = recordsOfInterest(entry);
      if (needsWorker(state, records)) return takeAll(records, entry.n, reject);
      for (const { record } of records) {
        const bar = record.kind === 'bar' ? state.history.accept(record) : 'ignored';
        if (typeof bar === 'object' && record.kind === 'bar') state.history.push(seriesKey(record), bar);
      }
      return [];
    },
    snapshot: () => storeState(state),
    close: () => {
      for (const run of state.runs.values()) void caller.drop(run).catch(() => undefined);
    },
  };
}
