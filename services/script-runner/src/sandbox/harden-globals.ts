// The functions of this folder run inside an isolate: their text is sent there. They use nothing but each other and the language.

/** Takes away what a script must not have: code from text, memory that the limit does not count, threads, host time, other languages' rules. */
export function hardenGlobals(): void {
  const global = globalThis as unknown as Record<string, unknown>;
  const removed = [
    ...['WebAssembly', 'SharedArrayBuffer', 'Atomics', 'WeakRef', 'FinalizationRegistry', 'BigInt', 'BigInt64Array', 'BigUint64Array'],
    ...['eval', 'Intl', 'Temporal', 'escape', 'unescape', 'ShadowRealm', 'Iterator', 'AsyncDisposableStack', 'DisposableStack'],
  ];
  for (const name of removed) delete global[name];
  for (const name of ['localeCompare', 'toLocaleUpperCase', 'toLocaleLowerCase'])
    delete (String.prototype as unknown as Record<string, unknown>)[name];
  for (const name of ['toLocaleString', 'toLocaleDateString', 'toLocaleTimeString'])
    delete (Date.prototype as unknown as Record<string, unknown>)[name];
  delete (Number.prototype as unknown as Record<string, unknown>)['toLocaleString'];
  // Formatting an error happens outside the call's time limit, so that a script may not take part in it.
  Object.defineProperty(Error, 'prepareStackTrace', { value: undefined, writable: false, configurable: false });
  Object.defineProperty(Error, 'stackTraceLimit', { value: 8, writable: false, configurable: false });
}

/** Makes every road from text to code throw. */
export function denyCodeFromText(): void {
  const deny = function (): never {
    throw new TypeError('code generation is disabled');
  };
  const samples = [function () {}, async function () {}, function* () {}, async function* () {}];
  for (const sample of samples) {
    Object.defineProperty(Object.getPrototypeOf(sample), 'constructor', { value: deny, writable: false, configurable: false });
  }
  (globalThis as unknown as Record<string, unknown>)['Function'] = deny;
}

/** Gives dates a clock that the host sets and takes chance away: `ctx.random` is the seeded one. Returns what sets the clock. */
export function installClock(): (nowMs: number) => void {
  let clockMs = 0;
  const HostDate = Date;
  const replaced = function (this: unknown, ...parts: unknown[]): unknown {
    if (!new.target) return new HostDate(clockMs).toISOString();
    const isOwn = (new.target as unknown) === replaced;
    return Reflect.construct(HostDate, parts.length > 0 ? parts : [clockMs], isOwn ? HostDate : (new.target as unknown as typeof Date));
  };
  replaced.prototype = HostDate.prototype;
  Object.defineProperty(replaced, 'parse', { value: HostDate.parse });
  Object.defineProperty(replaced, 'UTC', { value: HostDate.UTC });
  Object.defineProperty(replaced, 'now', { value: () => clockMs });
  Object.defineProperty(HostDate, 'now', { value: () => clockMs, writable: false, configurable: false });
  Object.defineProperty(HostDate.prototype, 'constructor', { value: replaced, writable: false, configurable: false });
  (globalThis as unknown as Record<string, unknown>)['Date'] = replaced;
  const refuse = (): never => {
    throw new TypeError('Math.random is not repeatable; use ctx.random()');
  };
  Object.defineProperty(Math, 'random', { value: refuse, writable: false, configurable: false });
  return (nowMs) => {
    clockMs = nowMs;
  };
}

/** Freezes the language's own objects, so that one call cannot change what the next one, or our trampoline, finds. */
export function freezeLanguage(): void {
  const global = globalThis as unknown as Record<string, unknown>;
  const names = [
    'Object',
    'Array',
    'String',
    'Number',
    'Boolean',
    'Promise',
    'Map',
    'Set',
    'WeakMap',
    'WeakSet',
    'RegExp',
    'Symbol',
    'Proxy',
    'Date',
    'ArrayBuffer',
  ];
  const errors = ['Error', 'TypeError', 'RangeError', 'SyntaxError', 'ReferenceError', 'EvalError', 'URIError', 'AggregateError'];
  const arrays = [
    'DataView',
    'Uint8Array',
    'Int8Array',
    'Uint16Array',
    'Int16Array',
    'Uint32Array',
    'Int32Array',
    'Float32Array',
    'Float64Array',
    'Uint8ClampedArray',
  ];
  for (const name of [...names, ...errors, ...arrays]) {
    const value = global[name] as { prototype?: object } | undefined;
    if (value === undefined) continue;
    if (value.prototype !== undefined) Object.freeze(value.prototype);
    Object.freeze(value);
  }
  const prototypes = [
    function () {},
    function* () {},
    async function () {},
    [][Symbol.iterator](),
    ''[Symbol.iterator](),
    new Map().entries(),
    new Set().entries(),
  ];
  for (const sample of prototypes) Object.freeze(Object.getPrototypeOf(sample));
  for (const value of [Math, JSON, Reflect, Object.getPrototypeOf(Uint8Array), Object.getPrototypeOf(Uint8Array.prototype)]) Object.freeze(value);
}
