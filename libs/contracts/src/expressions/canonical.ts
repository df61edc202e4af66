import type { ParameterValue } from '../catalogue.ts';
import type { BinaryOperator, Condition, Expression } from './ast.ts';

// Adding 0 turns -0 into 0; String gives the shortest digits that read back as the same number.
const valueText = (value: ParameterValue): string => String(typeof value === 'number' ? value + 0 : value);

const argumentsOf = (expression: Expression): readonly string[] => {
  if (expression.kind === 'price') return [];
  const values = Object.values(expression.params).map(valueText);
  const sources = expression.sources.map(canonical);
  return sources.length === 1 ? [...values, `source=${sources.join('')}`] : [...sources, ...values];
};

/** Returns the one spelling of an expression: every parameter, shortest numbers, no spaces. Parsing it gives it back. */
export function canonical(expression: Expression): string {
  const head = expression.instrument === undefined ? '' : `${expression.instrument}.`;
  const tail = expression.interval === undefined ? '' : `@${expression.interval}`;
  if (expression.kind === 'price') return `${head}${expression.price}${tail}`;
  const list = argumentsOf(expression);
  const output = expression.output === undefined ? '' : `.${expression.output}`;
  return `${head}${expression.id}${list.length === 0 ? '' : `(${list.join(',')})`}${output}${tail}`;
}

const precedences: Readonly<Record<BinaryOperator | 'not', number>> = {
  or: 1,
  and: 2,
  not: 3,
  '<': 4,
  '<=': 4,
  '>': 4,
  '>=': 4,
  '==': 4,
  '!=': 4,
  '+': 5,
  '-': 5,
  '*': 6,
  '/': 6,
};

/** Returns how tightly an operator binds; a greater number binds tighter. */
export function precedenceOf(operator: BinaryOperator | 'not'): number {
  return precedences[operator];
}

const NEGATION = 7;
const ATOM = 8;

const bindingOf = (condition: Condition): number => {
  if (condition.kind === 'binary') return precedenceOf(condition.operator);
  if (condition.kind === 'unary') return condition.operator === 'not' ? precedenceOf('not') : NEGATION;
  return condition.kind === 'number' && condition.value < 0 ? NEGATION : ATOM;
};

const wrapped = (condition: Condition, atLeast: number): string => {
  const text = canonicalCondition(condition);
  return bindingOf(condition) < atLeast ? `(${text})` : text;
};

/** Returns the one spelling of a condition: its expressions in canonical form, no parentheses but the needed ones. */
export function canonicalCondition(condition: Condition): string {
  switch (condition.kind) {
    case 'number':
      return valueText(condition.value);
    case 'unary':
      return condition.operator === 'not' ? `not ${wrapped(condition.operand, 3)}` : `-${wrapped(condition.operand, NEGATION)}`;
    case 'cross':
      return `cross${condition.direction}(${canonicalCondition(condition.left)},${canonicalCondition(condition.right)})`;
    case 'binary': {
      const { operator } = condition;
      const binding = precedenceOf(operator);
      const sign = operator === 'and' || operator === 'or' ? ` ${operator} ` : operator;
      return `${wrapped(condition.left, binding)}${sign}${wrapped(condition.right, binding + 1)}`;
    }
    case 'price':
    case 'indicator':
      return canonical(condition);
  }
}
