import type { LogEntry, Output, PartitionFold } from '@signal/bus';
import type { Topic } from '@signal/contracts';
import { jsonOutput } from './json-output.ts';
import type { OutputForm } from './orders.ts';
import type { OutputMaker, TickState } from './output-maker.ts';
import { packedOutput } from './packed-output.ts';

/** The topic of a form's outputs. */
export const topicOf: Readonly<Record<OutputForm, Topic>> = { json: 'indicators', packed: 'greeks' };

type Stored = Readonly<{ states: readonly TickState[] }>;

const statesOf = (snapshot: Uint8Array | undefined): Map<string, TickState> => {
  const stored: Stored = snapshot === undefined ? { states: [] } : (JSON.parse(Buffer.from(snapshot).toString()) as Stored);
  return new Map(stored.states.map((state) => [state.instrument, state]));
};

const ticksIn = ({ body }: LogEntry): number => body.runs.reduce((sum, run) => (run.kind === 'trade' ? sum + run.rows : sum), 0);

/** Calls `onTick` with the state of a tick's instrument after each tick of an entry. */
const foldTicks = (states: Map<string, TickState>, { body }: LogEntry, onTick: OutputMaker['add']): void => {
  for (const run of body.runs) {
    if (run.kind !== 'trade') continue;
    const { price, size, tMs, instrument } = run.columns;
    for (let row = 0; row < run.rows; row += 1) {
      const name = body.strings[instrument[row] ?? 0] ?? '';
      let state = states.get(name);
      if (state === undefined) {
        state = { instrument: name, index: states.size, seq: 0, value: 0, volume: 0, tsMs: 0 };
        states.set(name, state);
      }
      const tradedAt = price[row] ?? 0;
      const traded = size[row] ?? 0;
      state.seq += 1;
      state.value += tradedAt * traded;
      state.volume += traded;
      state.tsMs = tMs[row] ?? 0;
      onTick(state);
    }
  }
};

/**
 * Returns a light fold: the volume-weighted price of each instrument, a signal a tick, all signals of a market entry in one entry. Each
 * depends on every tick before it, so one tick twice, left out or out of order changes all that follow.
 */
export function createTickFold(form: OutputForm, snapshot?: Uint8Array): PartitionFold {
  const states = statesOf(snapshot);
  const output = form === 'json' ? jsonOutput : packedOutput;
  const apply = (entry: LogEntry): readonly Output[] => {
    const made = output(ticksIn(entry));
    foldTicks(states, entry, made.add);
    return [made.end()];
  };
  return { apply, snapshot: () => Buffer.from(JSON.stringify({ states: [...states.values()] } satisfies Stored)) };
}
