import { describe, expect, it } from '@jest/globals';
import { createRuntime } from './runtime.ts';

type Context = {
  state: Record<string, unknown>;
  params: Record<string, unknown>;
  emit: (signal: unknown) => void;
  log: (line: unknown) => void;
  indicators: {
    get: (name: string, params?: object) => unknown;
    crossover: (a: number, b: number, key: string) => boolean;
    crossunder: (a: number, b: number, key: string) => boolean;
  };
  history: { close: readonly number[] & { ago: (n: number) => number } };
  random: () => number;
  price: (symbol: string) => number | undefined;
};

const request = (parts: object = {}): string =>
  JSON.stringify({
    instrument: 'A:B',
    seed: 's',
    params: {},
    memory: '',
    history: { time: [], open: [], high: [], low: [], close: [], volume: [] },
    ...parts,
  });
const bar = (close: number, time = 0): string =>
  JSON.stringify({ time, endMs: time + 60_000, open: close, high: close, low: close, close, volume: 1 });
const answerOf = (text: string) => JSON.parse(text) as { signals: unknown[]; logs: string[]; memory: string; error?: string };
const runtimeOf = (onBar: (context: Context) => void, definition: object = {}, ask: (expression: string) => string = () => '{"rsi":50}') => {
  const runtime = createRuntime(ask, () => undefined);
  const loaded = answerOf(runtime.load({ onBar, ...definition }, request({ params: { fast: 3, absent: 1 } })));
  return { runtime, loaded, bar: (close: number, time?: number) => answerOf(runtime.bar(bar(close, time))) };
};

describe('the runtime of a script', () => {
  it('gives defaults of parameters, replaced by chosen ones of the same kind', () => {
    const { bar: run } = runtimeOf((ctx) => ctx.log(JSON.stringify(ctx.params)), { params: { fast: 5, slow: { default: 20 }, name: 'x' } });
    expect(run(1).logs).toEqual(['{"fast":3,"slow":20,"name":"x"}']);
  });

  it('sees a crossing in the bar in which it happens', () => {
    const { bar: run } = runtimeOf((ctx) => {
      const close = ctx.history.close.ago(0);
      ctx.log(`${ctx.indicators.crossover(close, 10, 'a')} ${ctx.indicators.crossunder(close, 10, 'a')}`);
    });
    expect([9, 11, 12, 8].map((close) => run(close).logs[0])).toEqual(['false false', 'true false', 'false false', 'false true']);
  });

  it('reads indicators by name, one output as a number, and reports unknown ones as errors', () => {
    const asked: string[] = [];
    const ask = (expression: string): string => {
      asked.push(expression);
      return expression.startsWith('rsi') ? '{"rsi":null}' : 'E:no such indicator';
    };
    const { bar: run } = runtimeOf((ctx) => ctx.log([ctx.indicators.get('rsi', { length: 5 }), ctx.indicators.get('nothing')]), {}, ask);
    expect(run(1).error).toBe('no such indicator');
    expect(asked).toEqual(['rsi(length=5)', 'nothing']);
  });

  it('gives the same random numbers for the same bar', () => {
    const numbers = (): string[] => runtimeOf((ctx) => ctx.log(ctx.random())).bar(1, 5).logs;
    expect(numbers()).toEqual(numbers());
    expect(Number(numbers()[0])).toBeLessThan(1);
  });

  it('knows the price of its own instrument alone', () => {
    expect(runtimeOf((ctx) => ctx.log(`${ctx.price('A:B')} ${ctx.price('A:C')}`)).bar(7).logs).toEqual(['7 undefined']);
  });

  it.each([
    [{ side: 'hold?' }, 'side'],
    [{ side: 'buy', strength: 2 }, 'strength'],
    [{ side: 'buy', price: Number.NaN }, 'price'],
    [{ side: 'buy', tag: {} }, 'tag'],
    [null, 'object'],
  ])('refuses to emit %j', (signal, word) => {
    expect(runtimeOf((ctx) => ctx.emit(signal)).bar(1).error).toContain(word);
  });

  it('stops the twenty-first signal and leaves out the fifty-first line', () => {
    const many = runtimeOf((ctx) => {
      for (let line = 0; line < 60; line++) ctx.log({});
      for (let signal = 0; signal < 20; signal++) ctx.emit({ side: 'buy', tag: 'a\u0000b' });
    }).bar(1);
    expect([many.logs.length, many.logs[0], many.signals.length, many.signals[0]]).toEqual([
      50,
      '[object]',
      20,
      { side: 'buy', strength: 1, tag: 'a b' },
    ]);
    const tooMany = runtimeOf((ctx) => {
      for (let signal = 0; signal < 21; signal++) ctx.emit({ side: 'buy' });
    }).bar(1);
    expect([tooMany.error, tooMany.signals]).toEqual(['emit: more than 20 signals in a call', []]);
  });

  it('keeps at most 64 KiB of state', () => {
    const { bar: run } = runtimeOf((ctx) => {
      ctx.state['text'] = 'x'.repeat(70_000);
    });
    expect(run(1)).toMatchObject({ error: expect.stringContaining('state is'), memory: '{"state":{},"crossings":{}}' });
  });

  it('says what a thrown value says of itself, without running its code', () => {
    const hostile = Object.defineProperty({}, 'message', { get: () => 'ran' });
    const thrown = (value: unknown) =>
      runtimeOf(() => {
        throw value;
      }).bar(1).error;
    expect([thrown('text'), thrown(5), thrown(hostile), thrown(new RangeError('own'))]).toEqual(['text', 'number', 'error', 'own']);
  });

  it('refuses what is no definition', () => {
    const runtime = createRuntime(
      () => '',
      () => undefined,
    );
    expect([runtime.load(5, request()), runtime.load({}, request()), runtime.bar(bar(1))].map((text) => answerOf(text).error)).toEqual([
      'the default export must be defineSignal({…})',
      'defineSignal needs onBar',
      'not loaded',
    ]);
  });
});
