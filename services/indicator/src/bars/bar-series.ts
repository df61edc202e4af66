import type { BarColumns } from '@signal/indicators';

const FIELDS = ['open', 'high', 'low', 'close', 'volume'] as const;
const FIRST_CAPACITY = 256;

/** A bar as a fold needs it; `values` are open, high, low, close, volume. */
export type BarRow = Readonly<{ startMs: number; rev: number; values: Float64Array }>;

type Column = 'startMs' | 'rev' | (typeof FIELDS)[number];
const COLUMNS: readonly Column[] = ['startMs', 'rev', ...FIELDS];

/** Every closed bar of one instrument and interval since its first, as columns, and the bar that is forming. */
export class BarSeries {
  readonly instrument: string;
  readonly interval: string;
  /** Rises with each correction of a closed bar or late import of an earlier one; readings carry it. */
  rev = 0;
  forming: BarRow | undefined;
  #rows = 0;
  #columns: Record<Column, Float64Array>;

  constructor(instrument: string, interval: string) {
    this.instrument = instrument;
    this.interval = interval;
    this.#columns = Object.fromEntries(COLUMNS.map((name) => [name, new Float64Array(FIRST_CAPACITY)])) as Record<Column, Float64Array>;
  }

  get rows(): number {
    return this.#rows;
  }

  /** The columns that series are folded over; only the first `rows` cells count. */
  get columns(): BarColumns {
    return this.#columns;
  }

  startOf(row: number): number {
    return this.#columns.startMs[row] ?? Number.NaN;
  }

  revOf(row: number): number {
    return this.#columns.rev[row] ?? Number.NaN;
  }

  get lastStartMs(): number {
    return this.#rows === 0 ? Number.NEGATIVE_INFINITY : this.startOf(this.#rows - 1);
  }

  /** Returns the row of the bar that starts at `startMs`, or of the first one after it. */
  rowOf(startMs: number): number {
    let low = 0;
    let high = this.#rows;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.startOf(middle) < startMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  equals(row: number, bar: BarRow): boolean {
    return FIELDS.every((name, index) => Object.is(this.#columns[name][row], bar.values[index]));
  }

  append(bar: BarRow): void {
    this.#makeRoom();
    this.#write(this.#rows, bar);
    this.#rows += 1;
  }

  replace(row: number, bar: BarRow): void {
    this.#write(row, bar);
  }

  insert(row: number, bar: BarRow): void {
    this.#makeRoom();
    for (const name of COLUMNS) this.#columns[name].copyWithin(row + 1, row, this.#rows);
    this.#write(row, bar);
    this.#rows += 1;
  }

  /** Returns the used part of every column, in a fixed order. */
  dump(): readonly Float64Array[] {
    return COLUMNS.map((name) => this.#columns[name].subarray(0, this.#rows));
  }

  /** Takes over columns as `dump` gives them. */
  load(columns: readonly Float64Array[]): void {
    this.#columns = Object.fromEntries(COLUMNS.map((name, index) => [name, columns[index] ?? new Float64Array()])) as Record<Column, Float64Array>;
    this.#rows = columns[0]?.length ?? 0;
  }

  static readonly columnCount = COLUMNS.length;

  #write(row: number, bar: BarRow): void {
    this.#columns.startMs[row] = bar.startMs;
    this.#columns.rev[row] = bar.rev;
    FIELDS.forEach((name, index) => {
      this.#columns[name][row] = bar.values[index] ?? Number.NaN;
    });
  }

  #makeRoom(): void {
    const capacity = this.#columns.startMs.length;
    if (this.#rows < capacity) return;
    for (const name of COLUMNS) {
      const wider = new Float64Array(Math.max(FIRST_CAPACITY, 2 * capacity));
      wider.set(this.#columns[name]);
      this.#columns[name] = wider;
    }
  }
}
