import type { LogEntry, Output, PartitionFold } from '@signal/bus';
import { latestField, type MarketRun, type Signal, WIRE_VERSION } from '@signal/contracts';

type State = { seq: number; value: number; volume: number };
type TradeRun = Extract<MarketRun, { kind: 'trade' }>;

const nextSignal = (states: Map<string, State>, run: TradeRun, at: Readonly<{ row: number; instrument: string }>): Signal => {
  const { row, instrument } = at;
  const { price, size, tMs } = run.columns;
  let state = states.get(instrument);
  if (state === undefined) {
    state = { seq: 0, value: 0, volume: 0 };
    states.set(instrument, state);
  }
  state.seq += 1;
  state.value += (price[row] ?? 0) * (size[row] ?? 0);
  state.volume += size[row] ?? 0;
  return { instrument, expression: 'vwap', seq: state.seq, tsMs: tMs[row] ?? 0, final: true, data: { vwap: state.value / state.volume } };
};

/**
 * Returns a light fold: the volume-weighted price of each instrument, a signal a tick, all signals of a market entry in one JSON entry
 * of `indicators`. Each signal depends on every tick before it, so one tick twice, left out or out of order changes all that follow.
 */
export function createTickFold(snapshot?: Uint8Array): PartitionFold {
  const states = new Map<string, State>(snapshot === undefined ? [] : (JSON.parse(Buffer.from(snapshot).toString()) as [string, State][]));

  const apply = (entry: LogEntry): readonly Output[] => {
    const texts: string[] = [];
    const latest = new Map<string, string>();
    for (const run of entry.body.runs) {
      if (run.kind !== 'trade') continue;
      for (let row = 0; row < run.rows; row += 1) {
        const signal = nextSignal(states, run, { row, instrument: entry.body.strings[run.columns.instrument[row] ?? 0] ?? '' });
        const text = JSON.stringify(signal);
        texts.push(text);
        latest.set(latestField(signal), text);
      }
    }
    return [{ topic: 'indicators', fields: { v: WIRE_VERSION, n: String(texts.length), json: `[${texts.join(',')}]` }, latest: [...latest] }];
  };

  return { apply, snapshot: () => Buffer.from(JSON.stringify([...states])) };
}
