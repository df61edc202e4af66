import { parseInstrument, parseInterval, partitionOf, SignalError } from '@signal/contracts';
import type { Rejected } from '@signal/bus';
import type { Logger } from '@signal/kernel';
import type { FeedSource } from '../feed/feed-source.ts';
import { readHeader } from './csv-format.ts';
import { createCsvFeed, type CsvRow } from './csv-feed.ts';
import { type RowVerdict, RowJudge } from './judge-row.ts';
import { type Line, readLines } from './read-lines.ts';
import { splitLine } from './split-line.ts';

/** What a CSV feed reads. `startedAtMs` = wall time at which the file was first begun; stamps beyond it are in the future, then and after every restart. */
export type CsvSettings = Readonly<{
  path: string;
  interval: string;
  instrument: string;
  partitions: number;
  startedAtMs(): Promise<number>;
  log: Logger;
}>;

/** What became of the rows of a file: rows = accepted + duplicates + rejected. */
export type CsvCounts = Readonly<{ rows: number; accepted: number; duplicates: number; rejected: number }>;

/** The rows of a file by partition. */
export type CsvRows = Readonly<{ kind: 'trades' | 'bars'; byPartition: ReadonlyMap<number, readonly CsvRow[]>; counts: CsvCounts }>;

/** Partition of the rows whose instrument cannot be read. */
const NOWHERE = 0;

const rejectedOf = (line: Line, reason: Extract<RowVerdict, { outcome: 'rejected' }>['reason']): Rejected => ({
  code: reason,
  error: `line ${line.number} of the CSV was refused: ${reason}`,
  record: { line: line.number, reason, text: line.shown },
});

/** Reads and judges a whole file. Throws `setting_invalid` when its header is none, and the system's error when it cannot be read. */
export async function readCsv(settings: Omit<CsvSettings, 'log'>): Promise<CsvRows> {
  const startedAtMs = await settings.startedAtMs();
  const byPartition = new Map<number, CsvRow[]>();
  const counts = { rows: 0, accepted: 0, duplicates: 0, rejected: 0 };
  let judge: RowJudge | undefined;
  let kind: CsvRows['kind'] = 'trades';
  const put = (instrument: string | undefined, row: CsvRow): void => {
    const partition = instrument === undefined ? NOWHERE : partitionOf(parseInstrument(instrument).underlying, settings.partitions);
    const rows = byPartition.get(partition) ?? [];
    rows.push(row);
    byPartition.set(partition, rows);
  };
  for await (const line of readLines(settings.path)) {
    const fields = line.text === undefined ? undefined : splitLine(line.text);
    if (judge === undefined) {
      const format = readHeader(fields ?? [line.shown], settings.instrument !== '');
      kind = format.kind;
      judge = new RowJudge({ format, interval: parseInterval(settings.interval), instrument: settings.instrument, startedAtMs });
      continue;
    }
    counts.rows += 1;
    const verdict = judge.judge(fields);
    if (verdict.outcome === 'duplicate') counts.duplicates += 1;
    else counts[verdict.outcome] += 1;
    if (verdict.outcome === 'accepted') put(verdict.record.instrument, { record: verdict.record });
    if (verdict.outcome === 'rejected') put(verdict.instrument, { rejected: rejectedOf(line, verdict.reason) });
  }
  if (judge === undefined) throw new SignalError('setting_invalid', `FEED names ${settings.path}, and the file has no header`);
  return { kind, byPartition, counts };
}

/** Returns the feed of a CSV file. The file is read once, when the service starts, and must not change after. */
export function createCsvSource(settings: CsvSettings): FeedSource {
  let read: CsvRows | undefined;
  let endsIn: readonly number[] = [];
  return {
    name: 'csv',
    get endsIn() {
      return endsIn;
    },
    start: async () => {
      read = await readCsv(settings);
      endsIn = [...read.byPartition.keys()];
      settings.log.info({ path: settings.path, ...read.counts }, 'a CSV was read');
    },
    stop: () => Promise.resolve(),
    feedOf: (partition) => createCsvFeed(read?.byPartition.get(partition) ?? [], read?.kind === 'bars' ? settings.interval : undefined),
  };
}
