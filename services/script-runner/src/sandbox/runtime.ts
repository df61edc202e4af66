import { createCollector } from './collector.ts';
import { type HistoryColumns, pushBar, viewHistory } from './history.ts';
import { type AskIndicator, createIndicators } from './indicators.ts';

/** What `defineSignal` was given, as far as we use it. */
type Definition = {
  params?: Record<string, unknown>;
  warmup?: number;
  state?: () => unknown;
  onInit?: (context: object) => void;
  onBar?: (context: object) => void;
};
type Memory = { state: unknown; crossings: Record<string, [number, number]> };
type LoadRequest = Readonly<{ instrument: string; seed: string; params: Record<string, unknown>; memory: string; history: HistoryColumns }>;
type BarRequest = Readonly<Record<keyof HistoryColumns | 'endMs', number>>;

/** The two functions of an isolate that the host calls. Each returns JSON and never throws. */
export type Runtime = Readonly<{ load: (definition: unknown, request: string) => string; bar: (request: string) => string }>;

/** Returns the default of each parameter, replaced by what the operator chose. */
export function resolveParams(specs: Record<string, unknown>, chosen: Record<string, unknown>): object {
  const params: Record<string, unknown> = {};
  for (const name of Object.keys(specs)) {
    const spec = specs[name];
    const byDefault = typeof spec === 'object' && spec !== null ? (spec as { default?: unknown }).default : spec;
    params[name] = typeof chosen[name] === typeof byDefault ? chosen[name] : byDefault;
  }
  return Object.freeze(params);
}

/** Returns a stream of numbers in [0, 1) that depends on the seed alone (mulberry32 over an FNV-1a hash). */
export function createRandom(seed: string): () => number {
  let state = 2_166_136_261;
  for (let at = 0; at < seed.length; at++) state = Math.imul(state ^ seed.charCodeAt(at), 16_777_619);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Returns an error's own message without running any code of the script. */
export function messageOf(error: unknown): string {
  if (typeof error === 'string') return error.slice(0, 200);
  if (typeof error !== 'object' || error === null) return typeof error;
  try {
    const own = Object.getOwnPropertyDescriptor(error, 'message');
    return own !== undefined && typeof own.value === 'string' ? own.value.slice(0, 200) : 'error';
  } catch {
    return 'error';
  }
}

/**
 * Returns the trampoline of one script. The state is read from its JSON before every call, so that a script that lives on and one that
 * was rebuilt from the stored text cannot differ; a call that throws leaves the state as it was.
 */
export function createRuntime(ask: AskIndicator, setClock: (nowMs: number) => void): Runtime {
  const most = { bars: 500, memory: 65_536 };
  let definition: Definition = {};
  let loaded: LoadRequest | undefined;
  let params: object = {};
  let memoryText = '';

  const contextOf = (bar: BarRequest, memory: Memory): Readonly<{ context: object; collector: ReturnType<typeof createCollector> }> => {
    const request = loaded as LoadRequest;
    const collector = createCollector();
    const { time, open, high, low, close, volume, endMs } = bar;
    const context = Object.freeze({
      ...{ bar: Object.freeze({ time, open, high, low, close, volume, confirmed: true }), params, state: memory.state },
      ...{ history: viewHistory(request.history), indicators: createIndicators(ask, memory.crossings) },
      ...{ emit: collector.emit, log: collector.log, now: endMs, random: createRandom(`${request.seed}|${time}`) },
      price: (symbol: string) => (symbol === request.instrument ? close : undefined),
      mode: 'live',
      warm: request.history.close.length > (definition.warmup ?? 0),
    });
    return { context, collector };
  };

  const keep = (memory: Memory): void => {
    const text = JSON.stringify(memory);
    if (text.length > most.memory) throw new RangeError(`state is ${text.length} characters, and may have ${most.memory}`);
    memoryText = text;
  };

  const answer = (work: () => object): string => {
    try {
      return JSON.stringify({ ...work(), memory: memoryText });
    } catch (error) {
      return JSON.stringify({ error: messageOf(error), signals: [], logs: [], memory: memoryText });
    }
  };

  return {
    load: (given, text) =>
      answer(() => {
        if (given === null || typeof given !== 'object') throw new TypeError('the default export must be defineSignal({…})');
        definition = given as Definition;
        if (typeof definition.onBar !== 'function') throw new TypeError('defineSignal needs onBar');
        const request = JSON.parse(text) as LoadRequest;
        loaded = request;
        params = resolveParams(definition.params ?? {}, request.params);
        memoryText = request.memory;
        if (memoryText === '') keep({ state: definition.state?.() ?? {}, crossings: {} });
        return { signals: [], logs: [] };
      }),
    bar: (text) =>
      answer(() => {
        const bar = JSON.parse(text) as BarRequest;
        if (loaded === undefined) throw new TypeError('not loaded');
        pushBar(loaded.history, bar, most.bars);
        setClock(bar.endMs);
        const memory = JSON.parse(memoryText) as Memory;
        const { context, collector } = contextOf(bar, memory);
        definition.onBar?.(context);
        keep(memory);
        return collector.collected;
      }),
  };
}
