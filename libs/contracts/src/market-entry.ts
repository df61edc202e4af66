import { SignalError } from './errors.ts';
import {
  type Bar,
  type ControlRecord,
  controlRecord,
  type Interest,
  type Mark,
  type MarketRecord,
  type Quote,
  type Source,
  sources,
  type Trade,
} from './market-record.ts';

/**
 * Wire form of one entry of `market` (fields `v n prev w head d`): records of one kind that follow each other are a run.
 * A run of prices is packed as columns of little-endian float64 in `d`; control records stand as JSON in `head`.
 * `head` = `{"s": strings, "r": [[kind, rows], …], "c": [control records]}`; text columns hold indexes into `s`.
 */
const layout = {
  trade: ['instrument', 'tMs', 'price', 'size', 'source'],
  quote: ['instrument', 'tMs', 'bid', 'ask', 'bidSize', 'askSize', 'source'],
  interest: ['instrument', 'tMs', 'openInterest', 'volume'],
  bar: ['instrument', 'interval', 'startMs', 'endMs', 'open', 'high', 'low', 'close', 'volume', 'final', 'rev', 'source', 'session'],
  mark: ['feed', 'tMs'],
} as const;

type PackedKind = keyof typeof layout;
type PackedRecord = Trade | Quote | Interest | Bar | Mark;
type Head = { s: string[]; r: [PackedKind | 'control', number][]; c: ControlRecord[] };

/** A run of packed records: `columns[name][row]`; text columns hold indexes into `strings`. */
export type PackedRun<Kind extends PackedKind = PackedKind> = Readonly<{
  kind: Kind;
  rows: number;
  columns: Readonly<Record<(typeof layout)[Kind][number], Float64Array>>;
}>;
/** A run of control records. */
export type ControlRun = Readonly<{ kind: 'control'; rows: number; records: readonly ControlRecord[] }>;
/** A run of records of one kind, in the order of the log. */
export type MarketRun = PackedRun<'trade'> | PackedRun<'quote'> | PackedRun<'interest'> | PackedRun<'bar'> | PackedRun<'mark'> | ControlRun;

/** The decoded body of a `market` entry. */
export type MarketBody = Readonly<{ strings: readonly string[]; runs: readonly MarketRun[] }>;
/** The encoded body of a `market` entry. */
export type PackedBody = Readonly<{ n: number; head: string; d: Buffer }>;

const textColumns = new Set<string>(['instrument', 'interval', 'feed', 'session']);
const sourceCode = (source: Source): number => sources.indexOf(source);
const sourceOf = (code: number | undefined): Source => sources[code ?? 0] ?? 'live';

const isPacked = (record: MarketRecord): record is PackedRecord => record.kind in layout;

const splitRuns = (records: readonly MarketRecord[]): MarketRecord[][] => {
  const runs: MarketRecord[][] = [];
  let kind = '';
  for (const record of records) {
    const next = isPacked(record) ? record.kind : 'control';
    if (next !== kind) runs.push([]);
    kind = next;
    runs.at(-1)?.push(record);
  }
  return runs;
};

const cell = (value: unknown, name: string, indexOf: (text: string) => number): number => {
  if (name === 'source') return sourceCode(value as Source);
  if (textColumns.has(name)) return indexOf(String(value));
  return Number(value);
};

/** Returns the wire form of records, in their order. Equal records give equal bytes. */
export function encodeMarketBody(records: readonly MarketRecord[]): PackedBody {
  const head: Head = { s: [], r: [], c: [] };
  const indexes = new Map<string, number>();
  const indexOf = (value: string): number => {
    const known = indexes.get(value);
    if (known !== undefined) return known;
    indexes.set(value, head.s.length);
    return head.s.push(value) - 1;
  };
  const runs = splitRuns(records);
  const cells = new Float64Array(records.reduce((sum, record) => sum + (isPacked(record) ? layout[record.kind].length : 0), 0));
  let at = 0;
  for (const run of runs) {
    const first = run[0] as MarketRecord;
    if (!isPacked(first)) {
      head.r.push(['control', run.length]);
      head.c.push(...(run as ControlRecord[]));
      continue;
    }
    head.r.push([first.kind, run.length]);
    for (const name of layout[first.kind]) {
      for (const record of run) cells[at++] = cell((record as unknown as Record<string, unknown>)[name], name, indexOf);
    }
  }
  return { n: records.length, head: JSON.stringify(head), d: Buffer.from(cells.buffer) };
}

const readHead = (text: string): Head => {
  try {
    return JSON.parse(text) as Head;
  } catch (cause) {
    throw new SignalError('entry_corrupt', `head of a market entry is not JSON: ${text.slice(0, 80)}`, { cause });
  }
};

const PAGE_BYTES = 64 * 1024;
let page = new ArrayBuffer(PAGE_BYTES);
let pageUsed = 0;

/**
 * Returns a copy, because a Float64Array must begin at a multiple of 8 and a reply of Redis does not. Small ones share a page, as small
 * Buffers do, no part of which is used twice: a buffer for each costs 0.7 us and a collection sooner.
 */
const cellsOf = (d: Uint8Array): Float64Array => {
  const bytes = d.byteLength & ~7;
  if (bytes > PAGE_BYTES / 8) return new Float64Array(d.buffer.slice(d.byteOffset, d.byteOffset + bytes));
  if (pageUsed + bytes > PAGE_BYTES) {
    page = new ArrayBuffer(PAGE_BYTES);
    pageUsed = 0;
  }
  const from = pageUsed;
  pageUsed += bytes;
  new Uint8Array(page, from, bytes).set(bytes === d.byteLength ? d : d.subarray(0, bytes));
  return new Float64Array(page, from, bytes / Float64Array.BYTES_PER_ELEMENT);
};

/** Returns the runs of a wire form, or throws `entry_corrupt` when sizes disagree or a control record breaks its schema. */
export function decodeMarketBody(head: string, d: Uint8Array): MarketBody {
  const { s, r, c } = readHead(head);
  const cells = cellsOf(d);
  let at = 0;
  let controls = 0;
  const runs = r.map(([kind, rows]): MarketRun => {
    if (kind === 'control') {
      const records = c.slice(controls, controls + rows).map((record) => controlRecord.parse(record));
      controls += rows;
      return { kind, rows, records };
    }
    const columns: Record<string, Float64Array> = {};
    for (const name of layout[kind]) {
      columns[name] = cells.subarray(at, at + rows);
      at += rows;
    }
    return { kind, rows, columns } as unknown as MarketRun;
  });
  if (at !== cells.length || controls !== c.length) {
    throw new SignalError(
      'entry_corrupt',
      `market entry has ${cells.length} cells and ${c.length} control records, and its head names ${at} and ${controls}`,
    );
  }
  return { strings: s, runs };
}

const recordAt = (run: Exclude<MarketRun, ControlRun>, row: number, strings: readonly string[]): PackedRecord => {
  const record: Record<string, unknown> = { kind: run.kind };
  for (const [name, column] of Object.entries<Float64Array>(run.columns)) {
    const value = column[row] ?? 0;
    if (name === 'source') record[name] = sourceOf(value);
    else if (name === 'final') record[name] = value === 1;
    else record[name] = textColumns.has(name) ? (strings[value] ?? '') : value;
  }
  return record as unknown as PackedRecord;
};

/** Returns the records of a run as objects. Hot loops read the columns instead. */
export function recordsOfRun(run: MarketRun, strings: readonly string[]): readonly MarketRecord[] {
  if (run.kind === 'control') return run.records;
  return Array.from({ length: run.rows }, (_, row) => recordAt(run, row, strings));
}

/** Returns every record of a body as objects, in order. */
export function recordsOf(body: MarketBody): readonly MarketRecord[] {
  return body.runs.flatMap((run) => recordsOfRun(run, body.strings));
}
