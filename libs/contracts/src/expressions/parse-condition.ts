import type { Catalogue } from '../catalogue.ts';
import { arithmetics, type BinaryOperator, comparisons, type Condition } from './ast.ts';
import { precedenceOf } from './canonical.ts';
import { Cursor } from './cursor.ts';
import { readExpression } from './parse-expression.ts';
import type { Token } from './tokens.ts';

const binaryOperators = new Set<string>([...comparisons, ...arithmetics, 'and', 'or']);
const crossings: Readonly<Record<string, 'over' | 'under'>> = { cross: 'over', crossover: 'over', crossunder: 'under' };

type Kind = 'number' | 'truth';

const kindOf = (condition: Condition): Kind => {
  switch (condition.kind) {
    case 'cross':
      return 'truth';
    case 'unary':
      return condition.operator === 'not' ? 'truth' : 'number';
    case 'binary':
      return (arithmetics as readonly string[]).includes(condition.operator) ? 'number' : 'truth';
    case 'number':
    case 'price':
    case 'indicator':
      return 'number';
  }
};

const operandKind = (operator: BinaryOperator): Kind => (operator === 'and' || operator === 'or' ? 'truth' : 'number');

const requireKind = (cursor: Cursor, condition: Condition, kind: Kind): Condition => {
  if (kindOf(condition) === kind) return condition;
  throw cursor.fail(
    condition,
    kind === 'truth' ? 'a comparison is expected here, and this is a number' : 'a number is expected here, and this is a comparison',
  );
};

const operatorAt = (token: Token): BinaryOperator | undefined =>
  (token.type === 'symbol' || token.type === 'word') && binaryOperators.has(token.text) ? (token.text as BinaryOperator) : undefined;

const readCross = (cursor: Cursor, token: Token, direction: 'over' | 'under'): Condition => {
  cursor.take();
  cursor.expect('(', `after ${token.text}`);
  const left = requireKind(cursor, readBinary(cursor, 1), 'number');
  cursor.expect(',', `between the two series of ${token.text}`);
  const right = requireKind(cursor, readBinary(cursor, 1), 'number');
  cursor.expect(')', `after the two series of ${token.text}`);
  return { kind: 'cross', direction, left, right, offset: token.offset };
};

const readAtom = (cursor: Cursor, token: Token): Condition => {
  if (token.type === 'number') {
    cursor.count(token);
    cursor.take();
    return { kind: 'number', value: Number(token.text), offset: token.offset };
  }
  if (cursor.accept('(') !== undefined) {
    const inner = cursor.inside(token, () => readBinary(cursor, 1));
    cursor.expect(')', 'to close the parenthesis');
    return inner;
  }
  const direction = token.type === 'word' && Object.hasOwn(crossings, token.text) ? crossings[token.text] : undefined;
  if (direction === undefined) return readExpression(cursor);
  cursor.count(token);
  return cursor.inside(token, () => readCross(cursor, token, direction));
};

const readUnary = (cursor: Cursor): Condition => {
  const token = cursor.peek();
  if (cursor.accept('not') !== undefined) {
    cursor.count(token);
    const operand = requireKind(
      cursor,
      cursor.inside(token, () => readBinary(cursor, precedenceOf('not'))),
      'truth',
    );
    return { kind: 'unary', operator: 'not', operand, offset: token.offset };
  }
  if (cursor.accept('-') === undefined) return readAtom(cursor, token);
  cursor.count(token);
  const operand = requireKind(
    cursor,
    cursor.inside(token, () => readUnary(cursor)),
    'number',
  );
  if (operand.kind === 'number') return { ...operand, value: -operand.value, offset: token.offset };
  return { kind: 'unary', operator: '-', operand, offset: token.offset };
};

/** Reads operators that bind at least as tightly as `least`, from the left (precedence climbing). */
const readBinary = (cursor: Cursor, least: number): Condition => {
  let left = readUnary(cursor);
  for (;;) {
    const token = cursor.peek();
    const operator = operatorAt(token);
    if (operator === undefined || precedenceOf(operator) < least) return left;
    cursor.count(token);
    cursor.take();
    requireKind(cursor, left, operandKind(operator));
    const right = requireKind(cursor, readBinary(cursor, precedenceOf(operator) + 1), operandKind(operator));
    left = { kind: 'binary', operator, left, right, offset: token.offset };
  }
};

/** Returns the condition of an alert or a screen, or throws `expression_invalid` with the character at fault. */
export function parseCondition(text: string, catalogue: Catalogue, pointer = ''): Condition {
  const cursor = new Cursor(text, catalogue, pointer);
  const condition = requireKind(cursor, readBinary(cursor, 1), 'truth');
  cursor.expectEnd();
  return condition;
}
