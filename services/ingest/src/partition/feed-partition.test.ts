import { describe, expect, it } from '@jest/globals';
import type { LogEntry, OpenedAt, SequencedEntry } from '@signal/bus';
import { type Bar, decodeMarketBody, decodeSignals, encodeMarketBody, type InboxRecord, partitionOf } from '@signal/contracts';
import { createPushSource } from '../push/push-source.ts';
import type { PartitionFeed } from '../feed/partition-feed.ts';
import { createMarketClock, type ReplayPace } from '../replay/market-clock.ts';
import { createReplayWorld, replayFeedOf } from '../replay/replay-world.ts';
import { FeedPartition } from './feed-partition.ts';

const world = createReplayWorld({ withTest: true });
const noon = Date.parse('2026-01-05T12:00Z');
const plan = { instrument: 'INDEX:IXIC', interval: '1m', expression: 'rsi(14)' };
const halfDay: ReplayPace = { from: '2018-12-24', to: '2018-12-24', stopsAtTo: true, once: true, speed: 'max' };

type Started = Readonly<{ feed: PartitionFeed; at?: Partial<OpenedAt>; intervals?: readonly string[]; wallMs?: () => number }>;
const start = ({ feed, at = {}, intervals = ['1m', '1h', '1d', '1w'], wallMs = () => noon }: Started) => {
  const reached: { timeMs: number; over: boolean }[] = [];
  const counted: string[] = [];
  const partition = new FeedPartition({
    feed,
    at: { snapshotN: 0, lastN: 0, generation: 0, ...at },
    defaults: { intervals, plans: [plan], scripts: [] },
    wallMs,
    count: (outcome, records) => counted.push(`${outcome} ${records}`),
    onCommitted: (state) => reached.push(state),
  });
  return { partition, reached, counted };
};
const feedOf = (instrument: string, pace: ReplayPace = halfDay): PartitionFeed =>
  replayFeedOf(world, { partition: partitionOf(instrument, 64), partitions: 64, clock: createMarketClock(pace, () => 0) });
const drain = (partition: FeedPartition, limit = 256): SequencedEntry[] => {
  const all: SequencedEntry[] = [];
  for (let due = partition.due(limit); due.length > 0; due = partition.due(limit)) all.push(...due);
  return all;
};
const barsOf = (entries: readonly SequencedEntry[]): Bar[] => entries.flatMap(({ records }) => records.filter((record) => record.kind === 'bar'));
const bytesOf = (entry: SequencedEntry): string => {
  const { head, d } = encodeMarketBody(entry.records);
  return [head, d.toString('base64'), entry.control, JSON.stringify(entry.outputs)].join('\n');
};
const logEntry = (entry: SequencedEntry, n: number): LogEntry => {
  const { head, d } = encodeMarketBody(entry.records);
  return { id: `${n}-0`, n, prev: `${n - 1}-0`, wallMs: 0, body: decodeMarketBody(head, d) };
};

describe('a replay partition', () => {
  const { partition, reached } = start({ feed: feedOf('INDEX:IXIC') });
  partition.ready();
  const entries = drain(partition);
  partition.committed(entries.length);

  it('first opens its instrument, series and plans, then writes the earlier bars as final', () => {
    expect(entries[0]?.records.map((record) => record.kind)).toEqual([
      'instrument',
      'series-open',
      'series-open',
      'series-open',
      'series-open',
      'plan-start',
    ]);
    const earlier = barsOf(entries.slice(1, 4));
    expect(earlier.every(({ final }) => final)).toBe(true);
    expect(earlier.filter(({ interval }) => interval === '1m')).toHaveLength(5 * 390);
    const days = earlier.filter(({ interval }) => interval === '1d');
    expect(days).toHaveLength(2_511);
    expect(days.at(-1)).toMatchObject({ session: '2018-12-21', close: 6332.99, source: 'recorded' });
  });

  it('writes an entry a second from the open to the close, the mark first', () => {
    const seconds = entries.filter(({ records }) => records[0]?.kind === 'mark');
    expect(seconds).toHaveLength(3.5 * 3_600 + 1 + 1);
    expect(seconds[0]?.records[0]).toEqual({ kind: 'mark', feed: 'replay', tMs: Date.parse('2018-12-24T14:30Z') });
    expect(seconds[0]?.records.slice(1, 3).map(({ kind }) => kind)).toEqual(['session', 'trade']);
  });

  it('rebuilds the day from its ticks', () => {
    const day = barsOf(entries).findLast(({ interval, final }) => interval === '1d' && final);
    const row = world.instruments.get('INDEX:IXIC')?.days?.row(day === undefined ? 0 : Math.floor(day.startMs / 86_400_000));
    expect(day).toMatchObject({ open: row?.open, high: row?.high, low: row?.low, close: row?.close, volume: row?.volume, source: 'recorded' });
  });

  it('ends with feed-end and every open bar closed', () => {
    const last = entries.at(-1);
    expect(last?.records.map((record) => (record.kind === 'bar' ? `${record.interval} ${record.final}` : record.kind))).toEqual([
      'mark',
      'feed-end',
      '1w true',
    ]);
    expect(reached.at(-1)).toMatchObject({ over: true });
    expect(partition.nextDueInMs()).toBeUndefined();
  });

  it('numbers the signals of each series without a gap', () => {
    const signals = entries.flatMap(({ outputs }) =>
      outputs.filter(({ topic }) => topic === 'bars').flatMap(({ fields }) => decodeSignals({ json: fields['json'] ?? '' })),
    );
    for (const interval of ['1m', '1h', '1d', '1w']) {
      const seqs = signals.filter((signal) => signal.interval === interval).map(({ seq }) => seq);
      expect(seqs).toEqual(seqs.map((_, index) => index + 1));
    }
    expect(signals).toHaveLength(barsOf(entries).length);
  });

  it('keeps its control below 4 KiB', () => {
    expect(Math.max(...entries.map(({ control }) => control.length))).toBeLessThan(1_000);
  });

  it.each([1, 2, 3, 4, 700, 4_321, 12_600])('opened again after entry %i goes on with the same bytes', (cut) => {
    const log = entries.slice(0, cut).map((entry, index) => logEntry(entry, index + 1));
    const snapshotN = Math.max(0, cut - 300);
    const before = start({ feed: feedOf('INDEX:IXIC') }).partition;
    for (const entry of log.slice(0, snapshotN)) before.restore(entry);
    const at = { control: entries[cut - 1]?.control ?? '', lastN: cut, snapshotN, ...(snapshotN === 0 ? {} : { snapshot: before.snapshot() }) };
    const again = start({ feed: feedOf('INDEX:IXIC'), at }).partition;
    for (const entry of log.slice(snapshotN)) again.restore(entry);
    again.ready();
    const more = again.due(400);
    expect(more.map(bytesOf)).toEqual(entries.slice(cut, cut + more.length).map(bytesOf));
    expect(more.length).toBeGreaterThan(1);
  });

  it('continued after its end corrects what it closed early', () => {
    const at = { control: entries.at(-1)?.control ?? '', lastN: entries.length, snapshotN: entries.length, snapshot: partition.snapshot() };
    const on = start({ feed: feedOf('INDEX:IXIC', { ...halfDay, once: false, to: '2018-12-26' }), at }).partition;
    on.ready();
    const bars = barsOf(on.due(3)).filter(({ interval }) => interval === '1w');
    expect(bars[0]).toMatchObject({ final: false, rev: 1, session: '2018-12-24' });
  });

  it('opens a series on demand with its earlier bars, and its plan once', () => {
    const { partition: live } = start({ feed: feedOf('INDEX:IXIC', { ...halfDay, once: false }) });
    live.ready();
    live.due(600);
    const ask: InboxRecord = { kind: 'plan-start', instrument: 'INDEX:IXIC', interval: '45m', expression: 'sma(3)' };
    expect(live.onInbox([{ id: '1-0', record: ask }])?.records.map(({ kind }) => kind)).toEqual(['series-open', 'plan-start']);
    const earlier = barsOf(live.due(1));
    expect(earlier).toHaveLength(5 * 9);
    expect(live.onInbox([{ id: '2-0', record: ask }])).toBeUndefined();
    const forming = barsOf(live.due(10)).filter(({ interval }) => interval === '45m');
    expect(forming[0]).toMatchObject({ final: false, startMs: Date.parse('2018-12-24T14:30Z'), open: 6278.49 });
  });

  it('refuses pushed prices, and requests that name nothing', () => {
    const { partition: live, counted } = start({ feed: feedOf('INDEX:IXIC') });
    const price: InboxRecord = { kind: 'trade', instrument: 'INDEX:IXIC', tMs: noon, price: 1, size: 1, source: 'live' };
    const nothing: InboxRecord = { kind: 'plan-start', instrument: 'nothing', interval: '1m', expression: 'rsi(14)' };
    const entry = live.onInbox([
      { id: '1-0', record: price },
      { id: '2-0', record: nothing },
    ]);
    expect(entry?.rejected?.map(({ code }) => code)).toEqual(['feed_not_push', 'instrument_invalid']);
    expect(counted).toEqual(['rejected 1']);
  });
});

describe('instruments that do not trade', () => {
  it.each(['TEST:SILENT', 'NASDAQ:AAPL'])('%s is known, never ticks before its time, and ends with the feed', (instrument) => {
    const { partition, reached } = start({ feed: feedOf(instrument) });
    partition.ready();
    const entries = drain(partition);
    partition.committed(entries.length);
    expect(entries.flatMap(({ records }) => records.map(({ kind }) => kind))).toEqual([
      'instrument',
      'series-open',
      'series-open',
      'series-open',
      'series-open',
      'mark',
      'feed-end',
    ]);
    expect(reached.at(-1)?.over).toBe(true);
  });

  it('a market that stops at its date is over there, and no end is said', () => {
    const { partition, reached } = start({ feed: feedOf('INDEX:IXIC', { ...halfDay, once: false, stopsAtTo: true, speed: 'max' }) });
    partition.ready();
    const entries = drain(partition);
    partition.committed(entries.length);
    expect(entries.flatMap(({ records }) => records.filter(({ kind }) => kind === 'feed-end'))).toEqual([]);
    expect(reached.at(-1)?.over).toBe(true);
    expect(partition.nextDueInMs()).toBeUndefined();
  });

  it('a partition without an instrument has nothing to do', () => {
    const feed = replayFeedOf(world, { partition: 60, partitions: 64, clock: createMarketClock(halfDay, () => 0) });
    const { partition } = start({ feed });
    partition.ready();
    expect(partition.due(10)).toEqual([]);
    expect(partition.nextDueInMs()).toBeUndefined();
  });
});

describe('a push partition', () => {
  const open = () => {
    let wallMs = noon;
    const started = start({ feed: createPushSource(() => wallMs).feedOf(0), intervals: ['1m'], wallMs: () => wallMs });
    started.partition.ready();
    started.partition.due(10);
    const push = (record: Partial<Extract<InboxRecord, { kind: 'trade' }>>) => {
      const trade: InboxRecord = { kind: 'trade', instrument: 'TEST:X', tMs: noon, price: 10, size: 1, source: 'live', ...record };
      return started.partition.onInbox([{ id: '1-0', record: trade }]);
    };
    return { ...started, push, pass: (ms: number) => (wallMs += ms) };
  };

  it('introduces an instrument with its first price', () => {
    const { push } = open();
    const entry = push({ instrument: 'test:x', id: 'a' });
    expect(entry?.records.map(({ kind }) => kind)).toEqual(['instrument', 'series-open', 'trade', 'trade-ids', 'bar']);
    expect(entry?.outputs.at(-1)?.latest.map(([field]) => field)).toEqual(['instrument|TEST:X', 'quote|TEST:X']);
  });

  it('refuses by the rules of a CSV, in their order', () => {
    const { push } = open();
    push({ tMs: noon });
    const code = (record: Parameters<typeof push>[0]): string | undefined => push(record)?.rejected?.[0]?.code;
    expect(code({ tMs: 1.5, instrument: 'x', price: 0 })).toBe('time');
    expect(code({ instrument: 'x', price: 0 })).toBe('instrument');
    expect(code({ price: 0, size: -1 })).toBe('price');
    expect(code({ price: 1e9 + 1 })).toBe('price');
    expect(code({ size: -1, tMs: noon + 61_000 })).toBe('size');
    expect(code({ tMs: noon + 60_001 })).toBe('future');
    expect(code({ tMs: noon - 5_001 })).toBe('late');
    expect(code({ tMs: noon - 5_000 })).toBeUndefined();
  });

  it('drops and counts a repeat, also after a restart', () => {
    const { partition, push, counted } = open();
    const entry = push({ id: 'a' });
    expect(push({ id: 'a', price: 99 })).toBeUndefined();
    expect(counted).toEqual(['duplicate 1']);
    const again = start({ feed: createPushSource(() => noon).feedOf(0) });
    if (entry !== undefined) again.partition.restore(logEntry(entry, 1));
    const repeat: InboxRecord = { kind: 'trade', instrument: 'TEST:X', tMs: noon, price: 10, size: 1, source: 'live', id: 'a' };
    expect(again.partition.onInbox([{ id: '9-0', record: repeat }])).toBeUndefined();
    expect(partition.snapshot().length).toBeGreaterThan(0);
  });

  it('closes a bar by its own time when the pushing stops, whatever day it is of', () => {
    const { partition, push, pass } = open();
    const minute = Date.parse('2018-12-31T15:00Z');
    push({ tMs: minute });
    pass(124_000);
    expect(barsOf(partition.due(10)).filter(({ final }) => final)).toEqual([]);
    pass(1_000);
    expect(barsOf(partition.due(10)).filter(({ final }) => final)).toMatchObject([{ interval: '1m', startMs: minute, close: 10 }]);
  });

  it('conflates quotes while the log is held back, counts them, and drops no trade', () => {
    const { partition, counted } = open();
    const quote = (bid: number): InboxRecord => ({
      kind: 'quote',
      instrument: 'TEST:X',
      tMs: noon,
      bid,
      ask: 9,
      bidSize: 1,
      askSize: 1,
      source: 'live',
    });
    const trade: InboxRecord = { kind: 'trade', instrument: 'TEST:X', tMs: noon, price: 7, size: 1, source: 'live' };
    const waiting = [quote(1), trade, quote(2), quote(3), trade, quote(-1)].map((record, i) => ({ id: `${i + 1}-0`, record }));
    const held = partition.onInbox(waiting, true);
    const pricesOf = (entry: typeof held) =>
      entry?.records.flatMap((record) => (record.kind === 'quote' ? [`bid ${record.bid}`] : record.kind === 'trade' ? ['trade'] : []));
    expect(pricesOf(held)).toEqual(['trade', 'bid 3', 'trade']);
    expect(held?.rejected?.map(({ code }) => code)).toEqual(['price']);
    expect(counted).toEqual(['conflated 2', 'rejected 1']);
    expect(pricesOf(partition.onInbox(waiting.slice(2, 4), false))).toEqual(['bid 2', 'bid 3']);
  });

  it('keeps the newest quote, an empty side as null', () => {
    const { partition } = open();
    const quote: InboxRecord = { kind: 'quote', instrument: 'TEST:X', tMs: noon, bid: 0, ask: 2, bidSize: 0, askSize: 5, source: 'live' };
    const latest = partition
      .onInbox([{ id: '1-0', record: quote }])
      ?.outputs.at(-1)
      ?.latest.find(([field]) => field === 'quote|TEST:X')?.[1];
    expect(JSON.parse(String(latest))).toMatchObject({ bid: null, bidSize: null, ask: 2, askSize: 5, last: null, source: 'live' });
  });
});
