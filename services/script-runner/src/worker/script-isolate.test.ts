import { describe, expect, it } from '@jest/globals';
import { createIndicatorWindow } from './indicator-window.ts';
import type { LoadMessage, ScriptBar } from './messages.ts';
import { createScriptIsolate } from './script-isolate.ts';

const empty = { time: [], open: [], high: [], low: [], close: [], volume: [] };
const load = (body: string): LoadMessage => ({
  ...{ type: 'load', key: 'k', instrument: 'A:B', seed: 's', params: {}, memory: '', history: empty },
  code: `import { defineSignal } from '@signal/sdk'; export default defineSignal({ onBar(ctx) { ${body} } });`,
});
const bar: ScriptBar = { time: 60_000, endMs: 120_000, open: 1, high: 2, low: 0.5, close: 1.5, volume: 10 };

describe('a script isolate', () => {
  it('answers with what the script emitted and its state', () => {
    const isolate = createScriptIsolate(load(`ctx.state.seen = ctx.bar.close; ctx.emit({ side: 'exit' });`));
    expect(isolate.loaded.kind).toBe('done');
    expect(isolate.bar(bar, 1000)).toEqual({
      kind: 'done',
      answer: { signals: [{ side: 'exit', strength: 1 }], logs: [], memory: '{"state":{"seen":1.5},"crossings":{}}' },
    });
    isolate.dispose();
    expect(isolate.isDisposed).toBe(true);
  });

  it('is gone after a call that used its time up', () => {
    const isolate = createScriptIsolate(load('for (;;);'));
    expect([isolate.bar(bar, 30).kind, isolate.isDisposed]).toEqual([expect.stringMatching(/killed|starved/), true]);
  });

  it('says why a script does not load', () => {
    expect(createScriptIsolate({ ...load(''), code: 'export default 5;' }).loaded).toMatchObject({
      answer: { error: expect.stringContaining('defineSignal') },
    });
    expect(createScriptIsolate({ ...load(''), code: 'syntax error' }).loaded).toMatchObject({
      answer: { error: expect.stringContaining('Unexpected identifier') },
    });
  });
});

describe('the window of indicators', () => {
  it('reads null while it warms up, then the value, and says what it does not know', () => {
    const window = createIndicatorWindow(empty);
    window.push(bar);
    expect(window.read('sma(2)')).toBe('{"sma":null}');
    window.push({ ...bar, close: 2.5 });
    expect(window.read('sma(2)')).toBe('{"sma":2}');
    expect(window.read('nonsense(3)')).toMatch(/^E:/);
  });
});
