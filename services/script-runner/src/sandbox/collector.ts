/** What a script gave away in one call. */
export type Collected = { signals: Record<string, unknown>[]; logs: string[] };

/** Copies the numbers of a signal that are there, and refuses what is no number. */
export function copyNumbers(signal: Record<string, unknown>, out: Record<string, unknown>): void {
  for (const name of ['price', 'stop', 'target', 'ttlMs']) {
    const value = signal[name];
    if (value === undefined) continue;
    if (typeof value !== 'number' || !Number.isFinite(value)) throw new TypeError(`emit: ${name} must be a number`);
    out[name] = value;
  }
}

/** Returns `emit` and `log` of one call, and what they collected. Both check everything, since a script hands them anything. */
export function createCollector(): Readonly<{ emit: (signal: unknown) => void; log: (line: unknown) => void; collected: Collected }> {
  const collected: Collected = { signals: [], logs: [] };
  const most = { signals: 20, logs: 50, tag: 64, line: 200 };
  const sides = ['buy', 'sell', 'exit', 'hold'];
  const plain = (text: string, length: number): string => {
    let out = '';
    for (let at = 0; at < Math.min(text.length, length); at++) out += text.charCodeAt(at) < 32 || text.charCodeAt(at) === 127 ? ' ' : text.charAt(at);
    return out;
  };
  const checked = (signal: Record<string, unknown>): Record<string, unknown> => {
    const strength = signal['strength'] ?? 1;
    if (!sides.includes(String(signal['side']))) throw new TypeError('emit: side must be buy, sell, exit or hold');
    if (typeof strength !== 'number' || !(strength >= 0 && strength <= 1)) throw new RangeError('emit: strength must be 0 to 1');
    const out: Record<string, unknown> = { side: String(signal['side']), strength };
    for (const name of ['tag', 'symbol']) {
      const value = signal[name];
      if (value === undefined) continue;
      if (typeof value !== 'string') throw new TypeError(`emit: ${name} must be text`);
      out[name] = plain(value, most.tag);
    }
    copyNumbers(signal, out);
    return out;
  };
  const emit = (signal: unknown): void => {
    if (collected.signals.length >= most.signals) throw new RangeError(`emit: more than ${most.signals} signals in a call`);
    if (signal === null || typeof signal !== 'object') throw new TypeError('emit: a signal is an object');
    collected.signals.push(checked(signal as Record<string, unknown>));
  };
  const log = (line: unknown): void => {
    if (collected.logs.length >= most.logs) return;
    collected.logs.push(
      typeof line === 'string' || typeof line === 'number' || typeof line === 'boolean' ? plain(`${line}`, most.line) : `[${typeof line}]`,
    );
  };
  return { emit: Object.freeze(emit), log: Object.freeze(log), collected };
}
