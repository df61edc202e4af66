import { afterAll, describe, expect, it } from '@jest/globals';
import { createLogger } from '@signal/kernel';
import type { LoadMessage, ScriptBar, WorkerAnswer } from '../worker/messages.ts';
import { createScriptWorker, type ScriptWorker } from './script-worker.ts';
import { sandboxLayers } from './worker-launch.ts';

const limits = { unresponsiveMs: 150, hardLimitMs: 500, startTimeoutMs: 20_000 };
const empty = { time: [], open: [], high: [], low: [], close: [], volume: [] };
const script = (body: string, extra = ''): string =>
  `import { defineSignal } from '@signal/sdk';\nexport default defineSignal({ name: 'x', inputs: { symbol: 'A:B' }, ${extra} onBar(ctx) { ${body} } });`;
const load = (code: string, parts: Partial<LoadMessage> = {}): LoadMessage => ({
  ...{ type: 'load', key: 'k', code, instrument: 'A:B', seed: 'scr_x@1', params: {}, memory: '', history: empty },
  ...parts,
});
const barAt = (minute: number, close: number): ScriptBar => ({
  time: minute * 60_000,
  endMs: (minute + 1) * 60_000,
  open: close,
  high: close + 1,
  low: close - 1,
  close,
  volume: 10,
});

describe('the script process', () => {
  let worker: ScriptWorker | undefined;
  const kills: string[] = [];
  const open = (): ScriptWorker => {
    kills.length = 0;
    worker ??= createScriptWorker({
      layers: sandboxLayers(),
      limits,
      log: createLogger({ service: 'test', member: 'test', level: 'silent' }),
      onKill: (reason) => kills.push(reason),
    });
    return worker;
  };
  const bar = (given: ScriptBar): Promise<WorkerAnswer> => worker?.ask({ type: 'bar', key: 'k', bar: given, timeoutMs: 50 }) ?? Promise.reject(given);
  afterAll(() => worker?.stop());

  it('gives a script its bar, parameters, history, state, log and emit', async () => {
    const body = `ctx.state.n = (ctx.state.n ?? 0) + 1; ctx.log(ctx.history.close.ago(0)); ctx.emit({ side: 'buy', strength: 0.5, tag: 'n' + ctx.state.n * ctx.params.by, price: ctx.bar.close });`;
    await open().ask(load(script(body, 'params: { by: { default: 2 } },'), { params: { by: 3 } }));
    await bar(barAt(1, 10));
    expect(await bar(barAt(2, 11))).toEqual({
      kind: 'done',
      answer: { signals: [{ side: 'buy', strength: 0.5, tag: 'n6', price: 11 }], logs: ['11'], memory: '{"state":{"n":2},"crossings":{}}' },
    });
  });

  it('reads indicators of the catalogue over the bars it saw', async () => {
    await open().ask(load(script(`ctx.log(ctx.indicators.sma(2)); ctx.log(Number.isNaN(ctx.indicators.rsi(14)));`)));
    await bar(barAt(1, 10));
    expect(await bar(barAt(2, 14))).toMatchObject({ answer: { logs: ['12', 'true'] } });
  });

  it('says what went wrong and keeps the state of before', async () => {
    await open().ask(load(script(`ctx.state.n = 1; throw new TypeError('no luck');`)));
    expect(await bar(barAt(1, 10))).toMatchObject({ kind: 'done', answer: { error: 'no luck', memory: '{"state":{},"crossings":{}}' } });
  });

  it('stops a loop that does not end and serves the next script', async () => {
    await open().ask(load(script('for (;;);')));
    expect(await bar(barAt(1, 10))).toEqual({ kind: 'killed', reason: 'timeout' });
    expect(await bar(barAt(1, 10))).toEqual({ kind: 'absent' });
    await worker?.ask(load(script(`ctx.log('alive')`)));
    expect(await bar(barAt(1, 10))).toMatchObject({ answer: { logs: ['alive'] } });
  });

  it('stops a script that takes too much memory', async () => {
    await open().ask(load(script('const all = []; for (;;) all.push(new Array(1000).fill(ctx.now));')));
    expect(await bar(barAt(1, 10))).toMatchObject({ kind: 'killed' });
  });

  it('kills a process that does not answer, and the next call gets a new one', async () => {
    const started = open();
    await started.ask(load(script(`ctx.log('x')`)));
    const stopped = started.pid ?? 0;
    process.kill(stopped, 'SIGSTOP');
    expect(await bar(barAt(1, 10))).toEqual({ kind: 'killed', reason: 'unresponsive' });
    expect(await bar(barAt(2, 10))).toEqual({ kind: 'absent' });
    expect([kills, started.pid === stopped]).toEqual([['unresponsive'], false]);
  });

  it('goes on when the terminal interrupts its supervisor', async () => {
    const started = open();
    await started.ask(load(script(`ctx.log('x')`)));
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(started.pid ?? 0, signal);
    expect(await bar(barAt(1, 10))).toMatchObject({ kind: 'done', answer: { logs: ['x'] } });
  });

  it.each([
    ['process', 'typeof process'],
    ['require', 'typeof require'],
    ['WebAssembly', 'typeof WebAssembly'],
    ['SharedArrayBuffer', 'typeof SharedArrayBuffer'],
    ['eval', 'typeof eval'],
    ['fetch', 'typeof fetch'],
    ['setTimeout', 'typeof setTimeout'],
  ])('has no %s', async (_, expression) => {
    await open().ask(load(script(`ctx.log(${expression})`)));
    expect(await bar(barAt(1, 10))).toMatchObject({ answer: { logs: ['undefined'] } });
  });

  it('makes no code from text, changes no built-in, and reads no clock but the bar’s', async () => {
    const attempt = (code: string): string => `try { ${code}; ctx.log('did'); } catch (error) { ctx.log(error.message.slice(0, 30)); }`;
    const body = [
      attempt(`ctx.emit.constructor('return 1')()`),
      attempt(`(async () => {}).constructor('return 1')()`),
      attempt(`Array.prototype.push = null`),
      attempt('Math.random()'),
      attempt(`new Array(1e9)`),
      'ctx.log(Date.now())',
    ].join(';');
    await open().ask(load(script(body)));
    const answer = await bar(barAt(1, 10));
    expect(answer.kind === 'done' ? answer.answer.logs : answer).toEqual([
      ...[
        'code generation is disabled',
        'code generation is disabled',
        expect.not.stringMatching('^did'),
        expect.not.stringMatching('^did'),
        'Array: too long',
        '120000',
      ],
    ]);
  });

  it('refuses a script that imports anything else', async () => {
    expect(await open().ask(load(`import fs from 'node:fs'; export default fs;`))).toMatchObject({
      kind: 'done',
      answer: { error: expect.stringContaining('node:fs') },
    });
  });

  it('goes on from stored state and history as if it had never stopped', async () => {
    const code = script(
      `ctx.state.sum = (ctx.state.sum ?? 0) + ctx.indicators.sma(3) * ctx.random(); ctx.log(ctx.state.sum); ctx.log(ctx.history.close.length);`,
    );
    await open().ask(load(code));
    for (const minute of [1, 2, 3]) await bar(barAt(minute, 10 + minute));
    const answered = await bar(barAt(4, 20));
    const memory = `{"state":{"sum":0},"crossings":{}}`;
    expect(answered.kind).toBe('done');
    await worker?.ask(load(code));
    for (const minute of [1, 2]) await bar(barAt(minute, 10 + minute));
    const third = await bar(barAt(3, 13));
    const kept = third.kind === 'done' ? third.answer.memory : memory;
    const history = {
      time: [60_000, 120_000, 180_000],
      open: [11, 12, 13],
      high: [12, 13, 14],
      low: [10, 11, 12],
      close: [11, 12, 13],
      volume: [10, 10, 10],
    };
    await worker?.ask(load(code, { memory: kept, history }));
    expect(await bar(barAt(4, 20))).toEqual(answered);
  });
});
