import { isSignalError, SignalError } from '@signal/contracts';
import { catalogueVersion, foldColumns } from '@signal/indicators';
import { BarSeries } from './bars/bar-series.ts';
import { PlanBook, type PlannedSeries } from './plans/plan-book.ts';

/**
 * Version of the bytes below. The catalogue's version stands inside: slots of another catalogue are not read but folded anew from the
 * bars, which are there from the first, so that a change of the catalogue never needs the log.
 */
export const SNAPSHOT_VERSION = 'indicator-1';

type Header = Readonly<{
  catalogue: string;
  series: readonly Readonly<{
    instrument: string;
    interval: string;
    rev: number;
    rows: number;
    /** Start and revision of the forming bar. */
    forming: readonly [startMs: number, rev: number] | null;
    seqs: readonly (readonly [expression: string, seq: number])[];
    plans: readonly (readonly [expression: string, stride: number])[];
  }>[];
}>;

const BYTES = Float64Array.BYTES_PER_ELEMENT;
const BAR_FIELDS = 5;

const headerOf = (book: PlanBook): Header => ({
  catalogue: catalogueVersion,
  series: [...book.series.values()].map(({ bars, plans, seqs }) => ({
    instrument: bars.instrument,
    interval: bars.interval,
    rev: bars.rev,
    rows: bars.rows,
    forming: bars.forming === undefined ? null : [bars.forming.startMs, bars.forming.rev],
    seqs: [...seqs],
    plans: [...plans.values()].map(({ expression, group }) => [expression, group.series.stride] as const),
  })),
});

const numbersOf = ({ bars, plans }: PlannedSeries): readonly Float64Array[] => [
  ...bars.dump(),
  ...(bars.forming === undefined ? [] : [bars.forming.values]),
  ...[...plans.values()].map(({ group, at }) => group.slab.subarray(at, at + group.series.stride)),
];

/** Returns the book as bytes: the length of a JSON header, the header padded to 8, then columns, forming bars and slots as float64. */
export function encodeBook(book: PlanBook): Uint8Array {
  const text = Buffer.from(JSON.stringify(headerOf(book)));
  const parts = [...book.series.values()].flatMap(numbersOf);
  const begin = BYTES + Math.ceil(text.length / BYTES) * BYTES;
  const bytes = new Uint8Array(begin + BYTES * parts.reduce((sum, part) => sum + part.length, 0));
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, BYTES);
  const numbers = new Float64Array(bytes.buffer, begin);
  let at = 0;
  for (const part of parts) {
    numbers.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Gives out the numbers of a snapshot one after the other, as copies. */
const reader = (bytes: Uint8Array, begin: number) => {
  // A copy, whatever is given: slice of a Buffer is a view into its pool.
  const numbers = new Float64Array(new Uint8Array(bytes.subarray(begin)).buffer);
  let at = 0;
  return {
    take: (count: number): Float64Array => numbers.slice(at, (at += count)),
    isAtEnd: (): boolean => at === numbers.length,
  };
};

const readHeader = (bytes: Uint8Array): Readonly<{ header: Header; begin: number }> => {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + BYTES, length).toString('utf8');
  return { header: JSON.parse(text) as Header, begin: BYTES + Math.ceil(length / BYTES) * BYTES };
};

type StoredPlan = Readonly<{ expression: string; slot: Float64Array }>;

const restorePlan = (book: PlanBook, series: PlannedSeries, { expression, slot }: StoredPlan): void => {
  const plan = book.start({ instrument: series.bars.instrument, interval: series.bars.interval, expression })?.plan;
  plan?.group.slab.set(slot, plan.at);
};

/** Folds a plan of another catalogue anew. One that this catalogue cannot compute is left out. */
const refoldPlan = (book: PlanBook, series: PlannedSeries, { expression }: StoredPlan): void => {
  const { bars } = series;
  try {
    const plan = book.start({ instrument: bars.instrument, interval: bars.interval, expression })?.plan;
    if (plan !== undefined) foldColumns(plan.group.series, bars.columns, { rows: bars.rows, slab: plan.group.slab, at: plan.at });
  } catch (error) {
    if (!isSignalError(error, 'expression_invalid')) throw error;
  }
};

/** Returns the book of its bytes, or throws `snapshot_incompatible` when they are of another length than their header says. */
export function decodeBook(bytes: Uint8Array): PlanBook {
  const { header, begin } = readHeader(bytes);
  const numbers = reader(bytes, begin);
  const book = new PlanBook();
  for (const { instrument, interval, rev, rows, forming, seqs, plans } of header.series) {
    const series = book.seriesOf(instrument, interval);
    series.bars.rev = rev;
    series.bars.load(Array.from({ length: BarSeries.columnCount }, () => numbers.take(rows)));
    if (forming !== null) series.bars.forming = { startMs: forming[0], rev: forming[1], values: numbers.take(BAR_FIELDS) };
    book.restoreSeqs(series, seqs);
    const restore = header.catalogue === catalogueVersion ? restorePlan : refoldPlan;
    for (const [expression, stride] of plans) restore(book, series, { expression, slot: numbers.take(stride) });
  }
  if (!numbers.isAtEnd())
    throw new SignalError('snapshot_incompatible', `the snapshot has ${bytes.length} bytes, and its header names another number`);
  return book;
}
