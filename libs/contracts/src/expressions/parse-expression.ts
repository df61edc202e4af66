import type { Catalogue, CatalogueEntry } from '../catalogue.ts';
import { parseInstrument } from '../instruments.ts';
import { parseInterval } from '../intervals.ts';
import { isSignalError } from '../errors.ts';
import { type Expression, type IndicatorExpression, isPriceSource, type PriceExpression } from './ast.ts';
import { bindArguments } from './bind-arguments.ts';
import { Cursor, describe } from './cursor.ts';
import type { RawArgument } from './raw-argument.ts';
import type { Token } from './tokens.ts';

/** Returns the entry that an id or one of its aliases names. */
export function findEntry(catalogue: Catalogue, word: string): CatalogueEntry | undefined {
  return catalogue.get(word) ?? [...catalogue.values()].find((entry) => entry.aliases.includes(word));
}

/** Runs a parser of contracts and turns its refusal into an error at the token. */
const checked = (cursor: Cursor, token: Token, parse: (text: string) => unknown): string => {
  try {
    parse(token.text);
    return token.text;
  } catch (error) {
    throw isSignalError(error) ? cursor.fail(token, error.message) : error;
  }
};

type Place = Readonly<{ instrument?: string; offset: number }>;

const readPlace = (cursor: Cursor): Place => {
  const { offset } = cursor.peek();
  if (cursor.peek().type !== 'instrument') return { offset };
  return { instrument: checked(cursor, cursor.take(), parseInstrument), offset };
};

const readInterval = (cursor: Cursor): Readonly<{ interval?: string }> =>
  cursor.peek().type === 'interval' ? { interval: checked(cursor, cursor.take(), parseInterval) } : {};

const readOutput = (cursor: Cursor, entry: CatalogueEntry): string | undefined => {
  if (cursor.accept('.') === undefined) return undefined;
  const token = cursor.take();
  if (!entry.outputs.includes(token.text)) {
    throw cursor.fail(token, `${describe(token)} is no output of ${entry.id}, which has ${entry.outputs.join(' ')}`);
  }
  return token.text;
};

const unknownIndicator = (cursor: Cursor, token: Token): Error => {
  if (token.type !== 'word') return cursor.fail(token, `${describe(token)} stands where an indicator is expected`);
  const lower = token.text.toLowerCase();
  const hint = lower !== token.text && findEntry(cursor.catalogue, lower) !== undefined ? `; ids are lower case: ${lower}` : '';
  return cursor.fail(token, `${describe(token)} is not in the catalogue${hint}`);
};

const readArgument = (cursor: Cursor): RawArgument => {
  const { offset } = cursor.peek();
  const following = cursor.peek(1).text;
  if (cursor.peek().type === 'word' && following === '=') {
    const name = cursor.take().text;
    cursor.take();
    return { ...readArgument(cursor), name, offset };
  }
  const sign = cursor.accept('-') ?? cursor.accept('+');
  if (sign !== undefined || cursor.peek().type === 'number') {
    const token = cursor.take();
    if (token.type !== 'number') throw cursor.fail(token, `${describe(token)} stands where a number is expected`);
    return { kind: 'number', value: Number(`${sign?.text ?? ''}${token.text}`), offset };
  }
  const isBareWord = cursor.peek().type === 'word' && (following === ',' || following === ')');
  if (isBareWord) return { kind: 'word', token: cursor.take(), offset };
  return { kind: 'expression', expression: readExpression(cursor), offset };
};

const readArguments = (cursor: Cursor): readonly RawArgument[] => {
  if (cursor.accept('(') === undefined) return [];
  const list = [readArgument(cursor)];
  while (cursor.accept(',') !== undefined) list.push(readArgument(cursor));
  cursor.expect(')', 'after the arguments');
  return list;
};

const readIndicator = (cursor: Cursor, place: Place): IndicatorExpression => {
  const token = cursor.take();
  const entry = token.type === 'word' ? findEntry(cursor.catalogue, token.text) : undefined;
  if (entry === undefined) throw unknownIndicator(cursor, token);
  const raw = readArguments(cursor);
  const bound = bindArguments({ cursor, entry, token, raw, resolveWord: (word) => bareWord(cursor, word) });
  const output = readOutput(cursor, entry);
  const isRedundant = output === undefined || entry.outputs.length === 1;
  return { kind: 'indicator', ...place, id: entry.id, ...bound, ...(isRedundant ? {} : { output }), ...readInterval(cursor) };
};

/** Returns what a word without arguments means as a series. */
const bareWord = (cursor: Cursor, token: Token): Expression => {
  cursor.count(token);
  if (isPriceSource(token.text)) return { kind: 'price', price: token.text, offset: token.offset };
  const entry = findEntry(cursor.catalogue, token.text);
  if (entry === undefined) throw unknownIndicator(cursor, token);
  const resolveWord = (word: Token): Expression => bareWord(cursor, word);
  const bound = cursor.inside(token, () => bindArguments({ cursor, entry, token, raw: [], resolveWord }));
  return { kind: 'indicator', id: entry.id, ...bound, offset: token.offset };
};

const withoutFirstOutput = (expression: IndicatorExpression, catalogue: Catalogue): IndicatorExpression => {
  if (expression.output === undefined || catalogue.get(expression.id)?.outputs[0] !== expression.output) return expression;
  const { output: _first, ...rest } = expression;
  return rest;
};

/** Reads a series inside another expression or a condition: a price or one output of an indicator. */
export function readExpression(cursor: Cursor): Expression {
  const start = cursor.peek();
  return cursor.inside(start, () => {
    cursor.count(start);
    const place = readPlace(cursor);
    const token = cursor.peek();
    if (isPriceSource(token.text) && cursor.peek(1).text !== '(') {
      cursor.take();
      const price: PriceExpression = { kind: 'price', ...place, price: token.text, ...readInterval(cursor) };
      return price;
    }
    return withoutFirstOutput(readIndicator(cursor, place), cursor.catalogue);
  });
}

/**
 * Returns the indicator that `text` asks for, every parameter filled in; or throws `expression_invalid` with the character at fault.
 * `pointer` names the text in the request, e.g. `/indicators/0`.
 */
export function parseExpression(text: string, catalogue: Catalogue, pointer = ''): IndicatorExpression {
  const cursor = new Cursor(text, catalogue, pointer);
  const start = cursor.peek();
  const expression = cursor.inside(start, () => {
    cursor.count(start);
    const place = readPlace(cursor);
    const token = cursor.peek();
    if (isPriceSource(token.text) && findEntry(catalogue, token.text) === undefined) {
      throw cursor.fail(token, `${token.text} is a price and no indicator; it can be the source of one`);
    }
    return readIndicator(cursor, place);
  });
  cursor.expectEnd();
  return expression;
}
