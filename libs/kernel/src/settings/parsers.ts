import { SignalError } from '@signal/contracts';
import { parseRedisAddress } from './redis-address.ts';

function must(words: string): never {
  throw new SignalError('setting_invalid', `must be ${words}`);
}

/** Returns a parser of whole numbers from `min` to `max`. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? value : must(`a whole number from ${min} to ${max}`);
  };
}

/** Returns a parser of decimal numbers from `min` to `max`. */
export function decimal(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? value : must(`a number from ${min} to ${max}`);
  };
}

/** Returns a parser that takes any text as it is. */
export function text(): (text: string) => string {
  return (given) => given;
}

/** Returns a parser of URLs with one of `schemes` (`http`, not `http:`). */
export function url(...schemes: readonly string[]): (text: string) => string {
  return (given) => {
    const parsed = URL.canParse(given) ? new URL(given) : undefined;
    return parsed !== undefined && schemes.includes(parsed.protocol.slice(0, -1))
      ? given
      : must(`a URL that begins with ${schemes.map((s) => `${s}://`).join(' or ')}`);
  };
}

/** Returns a parser that takes the empty text too, which means that there is none. */
export function optional<T>(parse: (text: string) => T): (text: string) => T | undefined {
  return (given) => (given === '' ? undefined : parse(given));
}

/** Returns a parser of comma-separated lists: items are trimmed, empty ones left out. Commas inside parentheses do not separate. */
export function list(): (text: string) => readonly string[] {
  return (given) =>
    given
      .split(/,(?![^(]*\))/)
      .map((item) => item.trim())
      .filter((item) => item !== '');
}

/** Returns a parser of `true` and `false`. */
export function flag(): (text: string) => boolean {
  return (given) => (given === 'true' || given === 'false' ? given === 'true' : must('true or false'));
}

/** Returns a parser that takes one of `choices`. */
export function choice<const C extends readonly string[]>(...choices: C): (text: string) => C[number] {
  return (given) => (choices.includes(given) ? given : must(`one of ${choices.join(', ')}`));
}

/** Returns a parser of Redis addresses: a redis:// or rediss:// URL, one with the nodes of a cluster between commas, or a unix socket's path. */
export function redisAddress(): (text: string) => string {
  return (given) =>
    parseRedisAddress(given) === undefined ? must('a URL that begins with redis:// or rediss://, the nodes of a cluster between commas') : given;
}
