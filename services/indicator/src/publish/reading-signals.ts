import type { LatestValue, Output } from '@signal/bus';
import { latestField, type Signal, signalKey, WIRE_VERSION } from '@signal/contracts';
import type { PlanBook, Plan, PlannedSeries } from '../plans/plan-book.ts';

/** Size at which an entry is cut: signals beyond it go into the next chunk. */
const CHUNK_CHARACTERS = 60_000;

type Chunk = { texts: string[]; characters: number; latest: Map<string, string> };

/** A reading to publish. `isNewest` is false for a corrected older bar, whose reading is not the latest of its key. */
export type Reading = Readonly<{ series: PlannedSeries; plan: Plan; startMs: number; final: boolean; values: ArrayLike<number>; isNewest: boolean }>;

const dataOf = (names: readonly string[], values: ArrayLike<number>): Record<string, number | null> => {
  const data: Record<string, number | null> = {};
  names.forEach((name, index) => {
    const value = values[index] ?? Number.NaN;
    data[name] = Number.isFinite(value) ? value : null;
  });
  return data;
};

/** Collects the readings of one market entry and gives them out as entries of `indicators`. */
export class ReadingSignals {
  readonly #book: PlanBook;
  readonly #chunks: Chunk[] = [];

  constructor(book: PlanBook) {
    this.#book = book;
  }

  add({ series, plan, startMs, final, values, isNewest }: Reading): void {
    const { instrument, interval, rev } = series.bars;
    const signal: Signal = {
      instrument,
      interval,
      expression: plan.expression,
      seq: this.#book.nextSeq(series, plan.expression),
      tsMs: startMs,
      final,
      ...(rev === 0 ? {} : { rev }),
      data: dataOf(plan.group.series.outputs, values),
    };
    const text = JSON.stringify(signal);
    const chunk = this.#chunkFor(text.length);
    chunk.texts.push(text);
    chunk.characters += text.length + 1;
    if (isNewest) chunk.latest.set(latestField(signal), text);
  }

  /** Empties the latest values of a plan that stopped: an empty text is no reading. */
  clear(series: PlannedSeries, expression: string): void {
    const { instrument, interval } = series.bars;
    const key = signalKey({ instrument, interval, expression });
    const chunk = this.#chunkFor(0);
    for (const state of ['closed', 'forming']) chunk.latest.set(`${key}|${state}`, '');
  }

  outputs(): readonly Output[] {
    return this.#chunks.map(({ texts, latest }) => ({
      topic: 'indicators',
      fields: texts.length === 0 ? {} : { v: WIRE_VERSION, n: String(texts.length), json: `[${texts.join(',')}]` },
      latest: [...latest] satisfies readonly LatestValue[],
    }));
  }

  #chunkFor(characters: number): Chunk {
    const last = this.#chunks.at(-1);
    if (last !== undefined && (last.characters === 0 || last.characters + characters <= CHUNK_CHARACTERS)) return last;
    const chunk: Chunk = { texts: [], characters: 0, latest: new Map() };
    this.#chunks.push(chunk);
    return chunk;
  }
}
