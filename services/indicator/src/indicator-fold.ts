import type { LogEntry, Output, PartitionFold, Reject } from '@signal/bus';
import { type ControlRecord, isSignalError, type MarketRun, recordsOfRun } from '@signal/contracts';
import { onBar } from './handlers/on-bar.ts';
import { onPlanStart } from './handlers/on-plan-start.ts';
import { onPlanStop } from './handlers/on-plan-stop.ts';
import { PlanBook } from './plans/plan-book.ts';
import { ReadingSignals } from './publish/reading-signals.ts';
import { decodeBook, encodeBook } from './snapshot.ts';

type BarRun = Extract<MarketRun, { kind: 'bar' }>;
/** A run of the entry in hand, and where its first record stands in the entry. */
type RunAt = Readonly<{ strings: readonly string[]; firstIndex: number; reject: Reject }>;

const barOf = ({ columns: c }: BarRun, row: number) => ({
  startMs: c.startMs[row] ?? Number.NaN,
  rev: c.rev[row] ?? 0,
  values: Float64Array.of(
    c.open[row] ?? Number.NaN,
    c.high[row] ?? Number.NaN,
    c.low[row] ?? Number.NaN,
    c.close[row] ?? Number.NaN,
    c.volume[row] ?? Number.NaN,
  ),
});

/** Returns the fold of one partition: bars and plans change the book, and the readings that they change go out. */
export function createIndicatorFold(snapshot?: Uint8Array): PartitionFold {
  const book = snapshot === undefined ? new PlanBook() : decodeBook(snapshot);

  const applyBars = (signals: ReadingSignals, run: BarRun, { strings, firstIndex, reject }: RunAt): void => {
    const handle = onBar(signals);
    for (let row = 0; row < run.rows; row++) {
      const instrument = strings[run.columns.instrument[row] ?? -1] ?? '';
      const interval = strings[run.columns.interval[row] ?? -1] ?? '';
      const refuse = (message: string): void => reject(firstIndex + row, 'argument_invalid', message, recordsOfRun(run, strings)[row]);
      handle({ series: book.seriesOf(instrument, interval), bar: barOf(run, row), final: run.columns.final[row] === 1, refuse });
    }
  };

  const applyControl = (signals: ReadingSignals, record: ControlRecord): void => {
    if (record.kind === 'plan-start') onPlanStart(book, signals)(record);
    if (record.kind === 'plan-stop') onPlanStop(book, signals)(record);
  };

  const applyControls = (signals: ReadingSignals, records: readonly ControlRecord[], { firstIndex, reject }: RunAt): void => {
    records.forEach((record, row) => {
      try {
        applyControl(signals, record);
      } catch (error) {
        if (!isSignalError(error)) throw error;
        reject(firstIndex + row, error.code, error.message, record);
      }
    });
  };

  return {
    apply({ body }: LogEntry, reject: Reject): readonly Output[] {
      const signals = new ReadingSignals(book);
      let firstIndex = 0;
      for (const run of body.runs) {
        const at: RunAt = { strings: body.strings, firstIndex, reject };
        if (run.kind === 'bar') applyBars(signals, run, at);
        if (run.kind === 'control') applyControls(signals, run.records, at);
        firstIndex += run.rows;
      }
      return signals.outputs();
    },
    snapshot: () => encodeBook(book),
  };
}
