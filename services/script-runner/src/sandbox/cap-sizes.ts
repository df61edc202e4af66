/**
 * Caps the lengths that builtins accept: V8 cannot interrupt them, and a call that runs 5 s in one ends its whole process.
 * Buffers get a fixed length, since growing ones are not counted against the memory limit.
 */
export function capSizes(): void {
  const cap = 200_000;
  const textCap = 1_048_576;
  const arrayMethods = [
    ...[
      'fill',
      'copyWithin',
      'reverse',
      'indexOf',
      'lastIndexOf',
      'includes',
      'join',
      'toString',
      'toLocaleString',
      'toReversed',
      'toSorted',
      'toSpliced',
    ],
    ...['with', 'slice', 'splice', 'concat', 'unshift', 'shift', 'sort', 'flat', 'flatMap', 'entries', 'keys'],
  ];
  const columnMethods = ['fill', 'sort', 'reverse', 'join', 'indexOf', 'lastIndexOf', 'includes', 'copyWithin', 'toSorted', 'toReversed', 'set'];
  const textMethods = ['split', 'normalize', 'replace', 'replaceAll', 'match', 'matchAll', 'search', 'toUpperCase', 'toLowerCase', 'concat'];
  capOwn(Array.prototype, arrayMethods, cap);
  capOwn(Object.getPrototypeOf(Uint8Array.prototype) as object, columnMethods, cap);
  capOwn(String.prototype, textMethods, textCap);
  capArguments(textCap);
  capArrays(cap);
}

/** Makes methods throw on a `this` longer than `most`. */
function capOwn(prototype: object, names: readonly string[], most: number): void {
  const methods = prototype as Record<string, unknown>;
  for (const name of names) {
    const method = methods[name];
    if (typeof method !== 'function') continue;
    const capped = function (this: { length?: number } | null, ...given: unknown[]): unknown {
      if (this !== null && this !== undefined && (this.length ?? 0) > most) throw new RangeError(`${name}: too long`);
      return Reflect.apply(method, this, given);
    };
    Object.defineProperty(prototype, name, { value: capped, writable: false, configurable: false });
  }
}

/** Makes text that is asked to grow, and JSON to parse, stay below a length. */
function capArguments(most: number): void {
  const growing: Readonly<Record<string, (text: string, count: number) => number>> = {
    repeat: (text, count) => text.length * count,
    padStart: (_, count) => count,
    padEnd: (_, count) => count,
  };
  for (const [name, lengthOf] of Object.entries(growing)) {
    const method = (String.prototype as unknown as Record<string, (...given: unknown[]) => unknown>)[name] as (...given: unknown[]) => unknown;
    const capped = function (this: string, count: number, ...rest: unknown[]): unknown {
      if (lengthOf(String(this), Number(count)) > most) throw new RangeError(`${name}: too long`);
      return Reflect.apply(method, this, [count, ...rest]);
    };
    Object.defineProperty(String.prototype, name, { value: capped, writable: false, configurable: false });
  }
  const parse = JSON.parse;
  const parseCapped = (text: unknown, revive?: Parameters<typeof JSON.parse>[1]): unknown => {
    const whole = String(text);
    if (whole.length > most) throw new RangeError('JSON.parse: too long');
    return parse(whole, revive);
  };
  Object.defineProperty(JSON, 'parse', { value: parseCapped, writable: false, configurable: false });
}

/** Replaces the constructors of arrays and buffers by ones that refuse huge or growing ones. */
function capArrays(most: number): void {
  const global = globalThis as unknown as Record<string, unknown>;
  const replace = (name: string, Original: new (...given: never[]) => object, check: (given: readonly unknown[]) => unknown[]): void => {
    const capped = function (this: unknown, ...given: unknown[]): object {
      const isOwn = new.target === undefined || (new.target as unknown) === capped;
      return Reflect.construct(Original, check(given), isOwn ? Original : (new.target as never)) as object;
    };
    capped.prototype = Original.prototype as object;
    for (const key of ['isArray', 'from', 'of', 'isView']) {
      const own = Object.getOwnPropertyDescriptor(Original, key);
      if (own !== undefined) Object.defineProperty(capped, key, own);
    }
    Object.defineProperty(Original.prototype, 'constructor', { value: capped, writable: false, configurable: false });
    global[name] = capped;
  };
  const from = Array.from as (...given: unknown[]) => unknown;
  const fromCapped = (items: { length?: number } | null | undefined, ...rest: unknown[]): unknown => {
    if ((items?.length ?? 0) > most) throw new RangeError('Array.from: too long');
    return Reflect.apply(from, Array, [items, ...rest]);
  };
  Object.defineProperty(Array, 'from', { value: fromCapped, writable: false, configurable: false });
  const bounded = (name: string, bound: number, given: readonly unknown[]): unknown[] => {
    if (given.length === 1 && typeof given[0] === 'number' && given[0] > bound) throw new RangeError(`${name}: too long`);
    return [...given];
  };
  replace('Array', Array as never, (given) => bounded('Array', most, given));
  replace('ArrayBuffer', ArrayBuffer as never, (given) => bounded('ArrayBuffer', 8 * most, given.slice(0, 1)));
  for (const name of ['resize', 'transfer', 'transferToFixedLength', 'transferToImmutable'])
    delete (ArrayBuffer.prototype as unknown as Record<string, unknown>)[name];
}

/** The parts that `capSizes` calls; their texts travel with it. */
export const sizeCaps = [capOwn, capArguments, capArrays, capSizes] as const;
