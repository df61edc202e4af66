/** Asks the host for the newest reading of an expression: JSON of outputs by name, or `E:` and a message. */
export type AskIndicator = (expression: string) => string;

type Crossings = Record<string, [number, number]>;
type Reading = Readonly<Record<string, number>>;

/**
 * Returns `ctx.indicators`: readings of the service's catalogue over the bars that the script sees. `crossings` remembers the last
 * pair of each key and is kept with the script's state.
 */
export function createIndicators(ask: AskIndicator, crossings: Crossings): object {
  const read = (expression: string): Reading => {
    const answer = ask(expression);
    if (answer.startsWith('E:')) throw new RangeError(answer.slice(2));
    const outputs = JSON.parse(answer) as Record<string, number | null>;
    const reading: Record<string, number> = {};
    for (const name of Object.keys(outputs)) reading[name] = outputs[name] ?? Number.NaN;
    return Object.freeze(reading);
  };
  const one = (expression: string): number => Object.values(read(expression))[0] ?? Number.NaN;
  const cross = (a: number, b: number, key: string): number => {
    const last = crossings[key];
    crossings[key] = [a, b];
    if (last === undefined || Number.isNaN(a - b)) return 0;
    if (last[0] <= last[1] && a > b) return 1;
    return last[0] >= last[1] && a < b ? -1 : 0;
  };
  const get = (name: string, params: Readonly<Record<string, number>> = {}): number | Reading => {
    const list = Object.keys(params).map((key) => `${key}=${Number(params[key])}`);
    // The grammar has no empty parentheses.
    const reading = read(list.length === 0 ? name : `${name}(${list.join(',')})`);
    const values = Object.values(reading);
    return values.length === 1 ? (values[0] ?? Number.NaN) : reading;
  };
  return Object.freeze({
    sma: (length: number, source = 'close') => one(`sma(${Number(length)},source=${source})`),
    rsi: (length: number, source = 'close') => one(`rsi(${Number(length)},source=${source})`),
    atr: (length: number) => one(`atr(${Number(length)})`),
    macd: (fast = 12, slow = 26, signal = 9) => read(`macd(${Number(fast)},${Number(slow)},${Number(signal)})`),
    bbands: (length: number, factor: number) => read(`bbands(${Number(length)},${Number(factor)})`),
    crossover: (a: number, b: number, key: string) => cross(a, b, `over:${key}`) === 1,
    crossunder: (a: number, b: number, key: string) => cross(a, b, `under:${key}`) === -1,
    get,
  });
}
