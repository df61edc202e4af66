import { describe, expect, it } from '@jest/globals';
import type { Output } from '@signal/bus';
import {
  type Bar,
  decodeMarketBody,
  decodeSignals,
  encodeMarketBody,
  type ErrorCode,
  type MarketRecord,
  type Signal,
  SignalError,
} from '@signal/contracts';
import type { LoadMessage, WorkerAnswer, WorkerRequest } from '../worker/messages.ts';
import { createScriptCaller } from './script-caller.ts';
import { createScriptFold } from './script-fold.ts';
import type { Verdicts } from './verdicts.ts';

const start = (parts: object = {}): MarketRecord =>
  ({ kind: 'script-start', script: 'scr_a', version: 1, sha256: 'abc', instrument: 'A:B', interval: '1m', params: {}, ...parts }) as MarketRecord;
const bar = (minute: number, close: number, parts: Partial<Bar> = {}): Bar => ({
  ...{
    kind: 'bar',
    instrument: 'A:B',
    interval: '1m',
    startMs: minute * 60_000,
    endMs: (minute + 1) * 60_000,
    open: close,
    high: close,
    low: close,
    close,
  },
  ...{ volume: 1, final: true, rev: 0, source: 'synthetic', session: '' },
  ...parts,
});

type Loaded = { total: number; load: LoadMessage };

/** A worker whose script emits the running total of closes: `kill` stops the calls of those closes, `restart` forgets all isolates. */
const fakeWorker = (kill: ReadonlySet<number> = new Set()) => {
  const isolates = new Map<string, Loaded>();
  const calls: number[] = [];
  const done = (total: number, signals: { side: 'buy'; strength: number; price: number }[] = []): WorkerAnswer => ({
    kind: 'done',
    answer: { signals, logs: [], memory: JSON.stringify(total) },
  });
  const ask = async (request: WorkerRequest): Promise<WorkerAnswer> => {
    if (request.type === 'load') {
      const total = request.memory === '' ? 0 : Number(request.memory);
      isolates.set(request.key, { total, load: structuredClone(request) });
      return done(total);
    }
    const isolate = isolates.get(request.key);
    if (request.type === 'drop' || isolate === undefined) {
      isolates.delete(request.key);
      return { kind: 'absent' };
    }
    calls.push(request.bar.close);
    if (kill.has(request.bar.close)) {
      isolates.delete(request.key);
      return { kind: 'killed', reason: 'timeout' };
    }
    isolate.total += request.bar.close;
    return done(isolate.total, [{ side: 'buy', strength: 1, price: isolate.total }]);
  };
  return { worker: { pid: 1, start: async () => undefined, ask, stop: async () => undefined }, calls, isolates, restart: () => isolates.clear() };
};

const none: Verdicts = { n: 0, killed: new Map() };
type Options = Readonly<{ worker: ReturnType<typeof fakeWorker>; verdicts?: Verdicts; snapshot?: Uint8Array; load?: () => Promise<string> }>;
const foldOf = ({ worker, verdicts = none, snapshot, load = async () => 'code' }: Options) => {
  const caller = createScriptCaller({ name: 'f', worker: worker.worker, sources: { load }, verdicts: async () => verdicts, callTimeoutMs: 50 });
  const fold = createScriptFold({ caller, log: () => undefined, snapshot });
  const rejected: [number, ErrorCode][] = [];
  const apply = async (n: number, records: readonly MarketRecord[]): Promise<readonly Output[]> => {
    const { head, d } = encodeMarketBody(records);
    const entry = { id: `${n}-0`, n, prev: `${n - 1}-0`, wallMs: 0, body: decodeMarketBody(head, d) };
    return fold.apply(entry, (index, code) => rejected.push([index, code]));
  };
  return { fold, apply, rejected };
};
const signalsOf = (outputs: readonly Output[]): readonly Signal[] => outputs.flatMap(({ fields }) => decodeSignals(fields));
const mark: MarketRecord = { kind: 'mark', feed: 'f', tMs: 1 };

describe('the fold of scripts', () => {
  it('gives a script each closed bar after its start once, and publishes what it emits', async () => {
    const worker = fakeWorker();
    const { apply } = foldOf({ worker });
    await apply(1, [bar(0, 100), start(), bar(1, 10)]);
    const outputs = await apply(2, [mark, bar(2, 5), bar(2, 5), bar(3, 7, { final: false })]);
    expect(worker.calls).toEqual([10, 5]);
    const signal = {
      instrument: 'A:B',
      interval: '1m',
      expression: 'scr_a@1',
      seq: 2,
      tsMs: 120_000,
      final: true,
      data: { side: 'buy', strength: 1, price: 15 },
    };
    expect(signalsOf(outputs)).toEqual([signal]);
    expect(outputs[0]?.latest).toEqual([['A:B|1m|scr_a@1|closed', JSON.stringify(signal)]]);
  });

  it('runs a script on its own series alone, and no more after its stop', async () => {
    const worker = fakeWorker();
    const { apply } = foldOf({ worker });
    await apply(1, [start(), bar(1, 1, { interval: '5m' }), bar(1, 2, { instrument: 'A:C' })]);
    await apply(2, [{ kind: 'script-stop', script: 'scr_a', instrument: 'A:B', interval: '1m' }, bar(2, 3)]);
    expect(worker.calls).toEqual([]);
  });

  it('makes the same signals from a snapshot, in a new process, as if it had never stopped', async () => {
    const whole = foldOf({ worker: fakeWorker() });
    const first = foldOf({ worker: fakeWorker() });
    const before = [start(), ...Array.from({ length: 700 }, (_, minute) => bar(minute, minute))];
    for (const { apply } of [whole, first]) await apply(1, before);
    const second = foldOf({ worker: fakeWorker(), snapshot: first.fold.snapshot() });
    expect(await second.apply(2, [bar(701, 3)])).toEqual(await whole.apply(2, [bar(701, 3)]));
  });

  it('loads a script again where it stood when its process was replaced', async () => {
    const worker = fakeWorker();
    const { apply } = foldOf({ worker });
    await apply(1, [start(), bar(1, 10)]);
    worker.restart();
    expect(signalsOf(await apply(2, [bar(2, 5)]))).toMatchObject([{ seq: 2, data: { price: 15 } }]);
    expect(worker.isolates.get('f|scr_a|A:B|1m')?.load.history.close).toEqual([10]);
  });

  it('records a stopped call, goes on, and stops the script at the third', async () => {
    const { apply } = foldOf({ worker: fakeWorker(new Set([2, 4, 6])) });
    const outputs = await apply(1, [start(), ...[1, 2, 3, 4, 5, 6, 7].map((close) => bar(close, close))]);
    expect(signalsOf(outputs).map(({ data }) => data['price'] ?? data['status'])).toEqual([1, 'killed', 4, 'killed', 9, 'stopped']);
    expect(outputs[0]?.latest).toContainEqual(['killed|scr_a@1|A:B|1m|120000', 'timeout']);
  });

  it('honours a verdict when it comes back over the entry, and does not judge again', async () => {
    const records = [start(), bar(1, 1), bar(2, 2), bar(3, 3)];
    const live = await foldOf({ worker: fakeWorker(new Set([2])) }).apply(1, records);
    const verdicts: Verdicts = { n: 1, killed: new Map([['killed|scr_a@1|A:B|1m|120000', 'timeout']]) };
    expect(await foldOf({ worker: fakeWorker(), verdicts }).apply(1, records)).toEqual(live);
  });

  it('takes a correction into the history without calling the script', async () => {
    const worker = fakeWorker();
    const { apply } = foldOf({ worker });
    await apply(1, [start(), bar(1, 10)]);
    await apply(2, [bar(1, 11, { rev: 1 })]);
    await apply(3, [bar(2, 5)]);
    expect(worker.calls).toEqual([10, 5]);
    expect(worker.isolates.get('f|scr_a|A:B|1m')?.load.history.close).toEqual([11]);
  });

  it('rejects the start of a script that is not stored, and carries on with the rest', async () => {
    const load = async (): Promise<string> => {
      throw new SignalError('object_missing', 'scripts/abc is not there');
    };
    const { apply, rejected } = foldOf({ worker: fakeWorker(), load });
    expect(await apply(1, [mark, start(), bar(1, 1)])).toEqual([]);
    expect(rejected).toEqual([[1, 'object_missing']]);
  });

  it('stays silent and synchronous where no script runs', () => {
    const { fold } = foldOf({ worker: fakeWorker() });
    const { head, d } = encodeMarketBody([mark, bar(1, 1)]);
    expect(fold.apply({ id: '1-0', n: 1, prev: '', wallMs: 0, body: decodeMarketBody(head, d) }, () => undefined)).toEqual([]);
  });
});
