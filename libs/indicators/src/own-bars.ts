import { type Expression, SignalError } from '@signal/contracts';

/**
 * Returns the expression if every part of it reads the bars of its own instrument and interval, else throws `expression_invalid`: a
 * reading is computed from one series of bars.
 */
export function requireOwnBars<Kind extends Expression>(expression: Kind, pointer = ''): Kind {
  const place = expression.instrument ?? expression.interval;
  if (place !== undefined) {
    const what = expression.instrument === undefined ? 'interval' : 'instrument';
    const detail = `${place} is another ${what}; a reading can only use the bars of its own`;
    throw new SignalError('expression_invalid', `at character ${expression.offset}: ${detail}`, {
      errors: [{ pointer, offset: expression.offset, detail }],
    });
  }
  if (expression.kind === 'indicator') for (const source of expression.sources) requireOwnBars(source, pointer);
  return expression;
}
