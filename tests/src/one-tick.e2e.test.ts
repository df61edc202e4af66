import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeEntry, groupsOf, rangeOf, type RawEntry, sequenceOf } from '@signal/bus';
import {
  type Bar,
  decodeSlice,
  encodeMarketBody,
  type MarketRecord,
  optionStatuses,
  partitionOf,
  type Signal,
  type Slice,
  type Topic,
  type Trade,
} from '@signal/contracts';
import { until } from '@signal/testing';
import { openTopicSocket, type TopicSocket } from './one-tick/topic-socket.ts';
import { blackCall } from './one-tick/black-call.ts';
import { startWalkFleet, type WalkFleet } from './one-tick/walk-fleet.ts';
import { wilderRsi } from './one-tick/wilder-rsi.ts';

/** The tick that `docs/one-tick.md` follows: the last one of the 1m bar on which the example script sells. */
const INSTRUMENT = 'INDEX:SPX';
const PARTITION = partitionOf(INSTRUMENT, 64);
const TICK_MS = Date.parse('2018-12-17T14:32:55Z');
const BAR_MS = Date.parse('2018-12-17T14:32:00Z');
const BAR_ENDS_MS = Date.parse('2018-12-17T14:33:00Z');
const OPTION = { expiry: '2018-12-21', strike: 2590 };

const RSI = { rsi: 32.62775194975279 };
const SELL = { side: 'sell', strength: 0.7351649266221782, tag: 'trade 145' };
const EXPIRIES = ['2018-12-21', '2018-12-28', '2019-01-04', '2019-01-11', '2019-01-18', '2019-02-15'];
const QUOTE = [23, 23.4, 23.2];

type Entry = RawEntry & Readonly<{ records: readonly MarketRecord[] }>;

let fleet: WalkFleet;
let socket: TopicSocket;
let log: readonly Entry[];
/** The entry of the tick, and the one whose mark closes its bar. */
let tick: Entry;
let close: Entry;

const keyOf = (topic: Topic): string => fleet.bus.keys.topic(topic, PARTITION);
const isOurs = (record: Readonly<{ instrument?: string }>): boolean => record.instrument === INSTRUMENT;
const entryMarked = (tMs: number): Entry => {
  const found = log.find(({ records }) => records.some((record) => record.kind === 'mark' && record.tMs === tMs));
  if (found === undefined) throw new RangeError(`no entry is marked ${tMs}`);
  return found;
};
const entriesOf = async (topic: Topic, id: string): Promise<readonly RawEntry[]> => {
  const n = id.split('-', 1)[0] ?? '';
  return rangeOf(fleet.bus.redis, keyOf(topic), { from: `${n}-0`, to: `${n}-99`, count: 100 });
};
const signalsOf = async (topic: Topic, id: string): Promise<readonly Signal[]> =>
  (await entriesOf(topic, id)).flatMap(({ fields }) => decodeEntry(topic, fields).records as Signal[]);
const tradesOf = (entries: readonly Entry[]): readonly Trade[] =>
  entries.flatMap(({ records }) => records.filter((record) => record.kind === 'trade')).filter(isOurs);
const barsOf = (entries: readonly Entry[]): readonly Bar[] =>
  entries
    .flatMap(({ records }) => records.filter((record) => record.kind === 'bar'))
    .filter((bar) => isOurs(bar) && bar.interval === '1m' && bar.final);

const readLog = async (): Promise<readonly Entry[]> => {
  const raw = await rangeOf(fleet.bus.redis, keyOf('market'), { from: '-', to: '+', count: 1_000 });
  return raw.map((entry) => ({ ...entry, records: decodeEntry('market', entry.fields).records as MarketRecord[] }));
};

const committed = async (service: string): Promise<number> =>
  sequenceOf((await fleet.bus.redis.hget(fleet.bus.keys.position(service, PARTITION), 'cursor')) || '0-0');
const rowsOf = async (text: string, values: readonly unknown[]): Promise<readonly unknown[]> => {
  const hasCome = async (): Promise<readonly unknown[] | false> => {
    const { rows } = await fleet.postgres.query(text, [...values]);
    return rows.length > 0 && rows;
  };
  return until(hasCome, { what: 'the archive has stored the bar' });
};

beforeAll(async () => {
  fleet = await startWalkFleet({ flags: [], instrument: INSTRUMENT });
  socket = await openTopicSocket(fleet.info.url, fleet.info.token);
  const isPast = async (): Promise<boolean> => {
    log = await readLog();
    return log.some(({ records }) => records.some((record) => record.kind === 'mark' && record.tMs >= BAR_ENDS_MS));
  };
  await until(isPast, { what: 'the market passes the bar', withinMs: 60_000 });
  tick = entryMarked(TICK_MS);
  close = entryMarked(BAR_ENDS_MS);
  const readers = ['indicator', 'greeks', 'script-runner'];
  const haveAllRead = async (): Promise<boolean> => Math.min(...(await Promise.all(readers.map(committed)))) >= sequenceOf(close.id);
  await until(haveAllRead, { what: 'every processor passes the bar', withinMs: 60_000 });
}, 150_000);

afterAll(async () => {
  socket?.close();
  await fleet?.close();
}, 60_000);

describe('one tick of INDEX:SPX, in the order of docs/one-tick.md', () => {
  it('1 contracts: is a trade record behind its mark, in packed columns', () => {
    expect(tick.records.slice(0, 2)).toEqual([
      { kind: 'mark', feed: 'replay', tMs: TICK_MS },
      { kind: 'trade', instrument: INSTRUMENT, tMs: TICK_MS, price: 2588.38, size: 1_263_777, source: 'bridged' },
    ]);
    const { n, head, d } = encodeMarketBody(tick.records);
    expect([String(n), head]).toEqual([String(tick.fields.get('n')), String(tick.fields.get('head'))]);
    expect(d.equals(tick.fields.get('d') ?? Buffer.alloc(0))).toBe(true);
  });

  it('2 ingest: comes from the replay feed, which trades every fifth second with the chain in the same entry', () => {
    const minute = log.filter(({ records }) => records.some((record) => record.kind === 'mark' && record.tMs >= BAR_MS && record.tMs < BAR_ENDS_MS));
    expect(minute).toHaveLength(60);
    expect(tradesOf(minute).map(({ tMs }) => (tMs - BAR_MS) / 1000)).toEqual([0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55]);
    expect(tick.records.filter(({ kind }) => kind === 'quote')).toHaveLength(526);
  });

  it('3 market: is the close of the bar that the next mark finishes', () => {
    const trades = tradesOf(log).filter(({ tMs }) => tMs >= BAR_MS && tMs < BAR_ENDS_MS);
    const prices = trades.map(({ price }) => price);
    const bar = barsOf([close]);
    const ohlc = { open: prices[0], high: Math.max(...prices), low: Math.min(...prices), close: prices.at(-1) };
    expect(bar).toEqual([
      expect.objectContaining({ ...ohlc, volume: trades.reduce((sum, { size }) => sum + size, 0), startMs: BAR_MS, final: true }),
    ]);
    expect(bar).toEqual([expect.objectContaining({ open: 2588.18, high: 2589.48, low: 2587.62, close: 2588.38, volume: 24_633_710 })]);
  });

  it('4 bus: stands in bars under the id of its market entry, naming the entry before it', async () => {
    const [entry] = await entriesOf('bars', close.id);
    expect(entry?.id).toBe(close.id);
    expect(String(entry?.fields.get('prev'))).toBe(tick.id);
    expect((await signalsOf('bars', close.id))[0]).toEqual({
      instrument: INSTRUMENT,
      interval: '1m',
      seq: 1989,
      tsMs: BAR_MS,
      final: true,
      data: { open: 2588.18, high: 2589.48, low: 2587.62, close: 2588.38, volume: 24_633_710, source: 'bridged' },
    });
  });

  it('5 bus: is passed by every processor, whose consumer group is its committed position', async () => {
    const groups = await groupsOf(fleet.bus.redis, keyOf('market'));
    for (const service of ['indicator', 'greeks', 'script-runner'])
      expect(sequenceOf(groups.get(service) ?? '0-0')).toBeGreaterThanOrEqual(sequenceOf(close.id));
  });

  it('6 indicator: is answered under the same id, peeked while the bar forms and final once it closed', async () => {
    const readings = async (id: string): Promise<readonly Signal[]> =>
      (await signalsOf('indicators', id)).filter(({ expression }) => expression === 'rsi(14)');
    const [peeked] = await readings(tick.id);
    const [final] = await readings(close.id);
    expect(peeked).toEqual({ ...final, seq: 1988, final: false });
    expect(final).toEqual({ instrument: INSTRUMENT, interval: '1m', expression: 'rsi(14)', seq: 1989, tsMs: BAR_MS, final: true, data: RSI });
  });

  it('7 indicators: reads as Wilder defines it over every closed bar of the log', () => {
    const closes = barsOf(log).filter(({ startMs }) => startMs <= BAR_MS);
    // Five sessions of 390 minutes before, and three minutes of this one.
    expect(closes).toHaveLength(5 * 390 + 3);
    const rsi = wilderRsi(
      closes.map((bar) => bar.close),
      14,
    );
    expect(Math.abs(rsi - RSI.rsi)).toBeLessThan(1e-9);
  });

  it('8 script-runner: makes the example script sell', async () => {
    expect(await signalsOf('scripts', close.id)).toEqual([
      { instrument: INSTRUMENT, interval: '1m', expression: 'scr_ma-cross@1', seq: 145, tsMs: BAR_MS, final: true, data: SELL },
    ]);
  });

  it('9 archive: is stored as rows, once each', async () => {
    const bars = await rowsOf('SELECT close, volume, rev, seq, n FROM bars WHERE instrument = $1 AND interval = $2 AND start_ms = $3', [
      INSTRUMENT,
      '1m',
      BAR_MS,
    ]);
    expect(bars).toEqual([{ close: 2588.38, volume: 24_633_710, rev: 0, seq: '1989', n: String(sequenceOf(close.id)) }]);
    const select = 'SELECT seq, values FROM signals WHERE topic = $1 AND instrument = $2 AND expression = $3 AND ts_ms = $4';
    expect(await rowsOf(select, ['indicators', INSTRUMENT, 'rsi(14)', BAR_MS])).toEqual([{ seq: '1989', values: RSI }]);
    expect(await rowsOf(select, ['scripts', INSTRUMENT, 'scr_ma-cross@1', BAR_MS])).toEqual([{ seq: '145', values: SELL }]);
  });

  it('10 and 11 gateway: reaches a subscriber that left off one update before, and the next ones follow without a gap', async () => {
    const topic = `indicators:${INSTRUMENT}:1m:rsi(14)`;
    socket.send({ op: 'subscribe', id: 1, topics: [topic], resume: { [topic]: { epoch: 0, seq: 1988 } } });
    const ack = await socket.frame('the subscription is answered', ({ op }) => op === 'ack');
    expect(ack).toMatchObject({ id: 1, results: [{ topic, canonical: topic, ok: true, epoch: 0 }] });
    const [{ seq: newest }] = ack['results'] as readonly [{ seq: number }];
    await socket.frame('an update that came after the subscription', (one) => one['type'] === 'update' && Number(one['seq']) > newest);
    const updates = socket.updates(topic);
    expect(updates[0]).toEqual({ type: 'update', topic, seq: 1989, prevSeq: 1988, tsMs: BAR_MS, final: true, data: RSI });
    expect(updates.map(({ prevSeq }) => prevSeq)).toEqual([1988, ...updates.slice(0, -1).map(({ seq }) => seq)]);
  });

  it('side path: re-prices every listed expiry, and the volatility of a strike gives back the price of its quote', async () => {
    const slices = (await entriesOf('greeks', tick.id)).map(({ fields }) =>
      decodeSlice(String(fields.get('head')), fields.get('d') ?? Buffer.alloc(0)),
    );
    expect(slices.map(({ head }) => head.expiry)).toEqual(EXPIRIES);
    expect(new Set(slices.map(({ head }) => head.spot))).toEqual(new Set([2588.38]));
    const slice = slices.find(({ head }) => head.expiry === OPTION.expiry) as Slice;
    const { head } = slice;
    const cell = 2 * head.strikes.indexOf(OPTION.strike);
    const value = (column: string): number => slice.columns.get(column)?.[cell] ?? Number.NaN;
    expect(optionStatuses[value('status')]).toBe('ok');
    expect([value('bid'), value('ask'), value('mid')]).toEqual(QUOTE);
    const years = (head.expiresMs - TICK_MS) / (365 * 86_400_000);
    const at = { forward: head.forward, strike: OPTION.strike, years, volatility: value('iv'), discount: Math.exp(-head.rate * years) };
    const price = blackCall(at);
    expect(Math.abs(price - value('theoretical'))).toBeLessThan(1e-6);
    // The strike lies above the forward: its call is the side that the volatility is solved on.
    expect(OPTION.strike).toBeGreaterThan(head.forward);
    expect(Math.abs(price - value('mid'))).toBeLessThan(1e-6);
    // Black-76 greeks are those of the forward.
    const bumped = (by: number): number => blackCall({ ...at, forward: at.forward + by });
    const perForward = (bumped(0.01) - bumped(-0.01)) / 0.02;
    expect(Math.abs(perForward - value('delta'))).toBeLessThan(1e-6);
  });
});
