import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { SequencedEntry } from '@signal/bus';
import { type Bar, partitionOf } from '@signal/contracts';
import { FeedPartition } from '../partition/feed-partition.ts';
import { createCsvFeed } from './csv-feed.ts';
import { type CsvRows, readCsv } from './csv-source.ts';
import { readNumber, readTime } from './csv-values.ts';
import { splitLine } from './split-line.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'signal-csv-'));
const startedAtMs = Date.parse('2019-01-01T00:00Z');
let files = 0;
const read = async (content: string | Buffer, settings: { interval?: string; instrument?: string } = {}): Promise<CsvRows> => {
  const file = path.join(folder, `${files++}.csv`);
  writeFileSync(file, content);
  return readCsv({ path: file, interval: '1m', instrument: '', partitions: 64, startedAtMs: async () => startedAtMs, ...settings });
};
const header = 'time,instrument,price,size,id\n';
const reasonsOf = (rows: CsvRows): string[] =>
  [...rows.byPartition.values()]
    .flat()
    .flatMap((row) => ('rejected' in row ? [`${(row.rejected.record as { line: number }).line} ${row.rejected.code}`] : []));
const play = (rows: CsvRows, instrument: string, rowInterval?: string): SequencedEntry[] => {
  const partition = new FeedPartition({
    feed: createCsvFeed(rows.byPartition.get(partitionOf(instrument, 64)) ?? [], rowInterval),
    at: { snapshotN: 0, lastN: 0, generation: 0 },
    defaults: { intervals: ['1m', '5m', '1h'], plans: [], scripts: [] },
    wallMs: () => startedAtMs,
    count: () => undefined,
    onCommitted: () => undefined,
  });
  partition.ready();
  const entries: SequencedEntry[] = [];
  for (let due = partition.due(100); due.length > 0; due = partition.due(100)) entries.push(...due);
  return entries;
};
const finals = (entries: readonly SequencedEntry[]): Bar[] =>
  entries.flatMap(({ records }) => records.filter((record) => record.kind === 'bar' && record.final)) as Bar[];

describe('values of a CSV', () => {
  it('are numbers of digits only', () => {
    expect(['1', '+1.5', '-0', '1e3', '1.5E-2'].map(readNumber)).toEqual([1, 1.5, 0, 1000, 0.015]);
    expect(['', '0x10', '1_000', '.5', '1.', 'Infinity', 'NaN', '1e999', '1 2'].map(readNumber)).toEqual(Array.from({ length: 9 }, () => undefined));
  });

  it('are times of RFC 3339 or epoch milliseconds, no zone meaning UTC', () => {
    const noon = Date.parse('2018-12-31T12:00:00Z');
    const same = [
      '2018-12-31T12:00:00Z',
      '2018-12-31T12:00:00',
      '2018-12-31 07:00:00-05:00',
      String(noon),
      '2018-12-31T12:00:00.0009Z',
      '2018-12-31t12:00:00z',
    ];
    expect(same.map(readTime)).toEqual(same.map(() => noon));
    expect(readTime('2018-12-31T12:00:00.12345Z')).toBe(noon + 123);
    const none = ['', '2018-02-30T00:00:00Z', '2018-12-31T24:00:00Z', '2018-12-31', '12:00', '1.5', '2018-12-31T12:00:00+25:00', '99999999999999999'];
    expect(none.map(readTime)).toEqual(none.map(() => undefined));
  });

  it('may stand in quotes, and a stray quote spoils the line', () => {
    expect(splitLine(' a , b,c ')).toEqual(['a', 'b', 'c']);
    expect(splitLine('"a","b,""c""" ,d,')).toEqual(['a', 'b,"c"', 'd', '']);
    expect(['a,"b', 'a"b,c', '"a"b,c'].map(splitLine)).toEqual([undefined, undefined, undefined]);
  });
});

describe('a CSV of trades', () => {
  it('is counted row by row: rows = accepted + duplicates + rejected', async () => {
    const rows = await read(
      `\uFEFF${header}2018-12-31T15:00:00Z, nasdaq:x ,10,1,a\r\n\r\n2018-12-31T15:00:01Z,NASDAQ:X,11,,b\n2018-12-31T15:00:01Z,NASDAQ:X,99,1,a\nx,NASDAQ:X,1,1,c\n`,
    );
    expect(rows.counts).toEqual({ rows: 4, accepted: 2, duplicates: 1, rejected: 1 });
    expect(reasonsOf(rows)).toEqual(['6 time']);
  });

  it('names the first reason in the order of the checks', async () => {
    const lines = [
      'x,y,0,-1', // 2: a column is missing
      'x,y,0,-1,a',
      '2019-06-01T00:00:00Z,y,0,-1,a',
      '2019-06-01T00:00:00Z,A:B,0,-1,a',
      '2019-06-01T00:00:00Z,A:B,1,-1,a',
      '2019-06-01T00:00:00Z,A:B,1,1,a',
      '2018-12-31T00:00:10Z,A:B,1,1,a',
      '2018-12-31T00:00:04.999Z,A:B,1,1,b',
      '2018-12-31T00:00:05Z,A:B,1,1,c',
      '2018-12-31T00:00:00Z,A:B,"1,1,d',
    ];
    const rows = await read(header + lines.join('\n'));
    expect(reasonsOf(rows).toSorted()).toEqual(['11 schema', '2 schema', '3 time', '4 instrument', '5 price', '6 size', '7 future', '9 late']);
    expect(rows.counts).toMatchObject({ rows: 10, accepted: 2 });
  });

  it('refuses lines that are too long, not UTF-8, or hold a NUL, and reads on', async () => {
    const good = '2018-12-31T00:00:00Z,A:B,1,1,\n';
    const bytes = Buffer.concat([
      Buffer.from(header + 'x'.repeat(70_000) + '\n'),
      Buffer.from([0xff, 0xfe, 10]),
      Buffer.from(`a\0b\n${good}${good}`),
    ]);
    const rows = await read(bytes);
    expect(reasonsOf(rows)).toEqual(['2 schema', '3 schema', '4 schema']);
    expect(rows.counts.accepted).toBe(2);
  });

  it('refuses a file whose header is none', async () => {
    await expect(read('a,b,c\n1,2,3\n')).rejects.toThrow('the header of the CSV is "a,b,c"');
    await expect(read('')).rejects.toThrow('has no header');
  });

  it('becomes bars, all final at its end, with refused rows as dead letters', async () => {
    const rows = await read(
      `${header}2018-12-31T15:00:01Z,A:B,10,1,\n2018-12-31T15:00:59Z,A:B,12,2,\n2018-12-31T15:01:04.999Z,A:B,9,1,\n2018-12-31T15:00:58Z,A:B,8,1,\nx,A:B,8,1,\n`,
    );
    const entries = play(rows, 'A:B');
    expect(finals(entries).filter(({ interval }) => interval === '1m')).toMatchObject([
      { open: 10, high: 12, low: 10, close: 12, volume: 3 },
      { open: 9, close: 9, volume: 1 },
    ]);
    expect(finals(entries).filter(({ interval }) => interval === '1h')).toHaveLength(1);
    expect(entries.flatMap(({ rejected }) => rejected ?? []).map(({ code }) => code)).toEqual(['late']);
    expect(entries.at(-1)?.records[0]).toMatchObject({ kind: 'feed-end' });
  });

  it('does not let the rows of one instrument close the bars of another', async () => {
    const later = '2018-12-31T18:00:00Z,A:B,10,1,\n';
    const rows = await read(`${header}${later}2018-12-31T15:00:00Z,A:B-PERP,10,1,\n2018-12-31T15:00:30Z,A:B-PERP,11,1,\n`);
    expect(rows.counts.accepted).toBe(3);
    expect(finals(play(rows, 'A:B')).filter(({ interval, instrument }) => interval === '1m' && instrument === 'A:B-PERP')).toMatchObject([
      { volume: 2 },
    ]);
  });
});

describe('a CSV of bars', () => {
  const bars = 'date,open,high,low,close,volume\n';

  it('keeps to the grid, the range and the order of its rows', async () => {
    const head = 'time,instrument,open,high,low,close,volume\n';
    const lines = [
      '2018-12-31T15:01:00Z,A:B,10,12,9,11,5',
      '2018-12-31T15:01:00Z,A:B,10,12,9,11,5',
      '2018-12-31T15:01:00Z,A:B,10,12,9,11,6',
      '2018-12-31T15:02:01Z,A:B,10,12,9,11,5',
      '2018-12-31T15:02:00Z,A:B,10,9,9,11,5',
      '2018-12-31T15:02:00Z,A:B,10,12,9,11,-5',
    ];
    const rows = await read(head + lines.join('\n'));
    expect(reasonsOf(rows)).toEqual(['4 late', '5 time', '6 price', '7 size']);
    expect(rows.counts).toEqual({ rows: 6, accepted: 1, duplicates: 1, rejected: 4 });
  });

  it('takes a plain date as the open of that session, for a set instrument', async () => {
    const rows = await read(`${bars}2018-12-24,10,12,9,11,5\n2018-12-25,10,12,9,11,5\n`, { interval: '1d', instrument: 'NASDAQ:X' });
    expect(reasonsOf(rows)).toEqual(['3 time']);
    const row = [...rows.byPartition.values()].flat()[0];
    expect(row).toMatchObject({ record: { startMs: Date.parse('2018-12-24T14:30Z'), session: '2018-12-24', interval: '1d' } });
  });

  it('gives its rows as they are and builds the longer bars of them', async () => {
    const lines = Array.from({ length: 7 }, (_, k) => `2018-12-31T15:0${k}:00Z,A:B,${k + 1},${k + 3},${k + 1},${k + 2},10`);
    const rows = await read(`time,instrument,open,high,low,close,volume\n${lines.join('\n')}\n`);
    const closed = finals(play(rows, 'A:B', '1m'));
    expect(closed.filter(({ interval }) => interval === '1m')).toHaveLength(7);
    expect(closed.filter(({ interval }) => interval === '5m')).toMatchObject([
      { open: 1, high: 7, low: 1, close: 6, volume: 50 },
      { open: 6, high: 9, low: 6, close: 8, volume: 20 },
    ]);
  });
});
