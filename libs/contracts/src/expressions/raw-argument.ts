import type { Expression } from './ast.ts';
import type { Token } from './tokens.ts';

/** An argument as written. A bare word can be a price, an indicator, a moving average's name, or true and false. */
export type RawArgument = Readonly<{ offset: number; name?: string }> &
  (Readonly<{ kind: 'number'; value: number }> | Readonly<{ kind: 'word'; token: Token }> | Readonly<{ kind: 'expression'; expression: Expression }>);
