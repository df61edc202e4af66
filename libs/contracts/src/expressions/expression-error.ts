import { SignalError } from '../errors.ts';

/** Returns the error for a fault in an expression at a character of the text that `pointer` names. */
export function expressionError(pointer: string, offset: number, detail: string): SignalError {
  return new SignalError('expression_invalid', `at character ${offset}: ${detail}`, { errors: [{ pointer, offset, detail }] });
}
