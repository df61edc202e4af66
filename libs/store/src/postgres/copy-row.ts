import { SignalError } from '@signal/contracts';

/** A value of a row: text, a number (float8 or bigint), a claim, nothing, or anything else as JSON. */
export type CopyValue = string | number | bigint | boolean | null | undefined | readonly unknown[] | Readonly<Record<string, unknown>>;

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** An escaped NUL: the backslash before `u0000` is not itself escaped. */
const NUL_IN_JSON = /(?<!\\)(?:\\\\)*\\u0000/u;

/** Tells whether Postgres can hold a text: it has no NUL in text or jsonb, and no half of a surrogate pair. */
export function isStorableText(text: string): boolean {
  return !text.includes('\u0000') && text.isWellFormed();
}

function escaped(text: string): string {
  if (!isStorableText(text))
    throw new SignalError(
      'argument_invalid',
      `text ${JSON.stringify(text.slice(0, 80))} holds a NUL or half a surrogate pair, and Postgres stores neither`,
    );
  return text.replaceAll(/[\\\n\r\t]/gu, (character) => escapes[character] ?? character);
}

// The shortest decimal text of a double reads back as the same double; only the sign of zero needs help.
const ofNumber = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));

function field(value: CopyValue): string {
  if (value === null || value === undefined) return '\\N';
  if (typeof value === 'number') return ofNumber(value);
  if (typeof value === 'string') return escaped(value);
  if (typeof value === 'boolean') return value ? 't' : 'f';
  if (typeof value === 'bigint') return value.toString();
  const json = JSON.stringify(value);
  if (NUL_IN_JSON.test(json)) throw new SignalError('argument_invalid', `JSON ${json.slice(0, 80)} holds a NUL, and Postgres does not store it`);
  return escaped(json);
}

/** Returns one line of COPY's text format. Doubles keep every bit. */
export function copyRow(values: readonly CopyValue[]): string {
  return `${values.map(field).join('\t')}\n`;
}
