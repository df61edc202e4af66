import { expressionError } from './expression-error.ts';

/** A piece of an expression's text. An instrument's text has no dot after it; an interval's has no `@`. */
export type Token = Readonly<{
  type: 'instrument' | 'interval' | 'word' | 'number' | 'symbol' | 'end';
  text: string;
  offset: number;
}>;

/** Most characters of an expression or condition. */
export const MAX_EXPRESSION_LENGTH = 1000;

type Rule = Readonly<{ pattern: RegExp; type: Token['type'] | 'blank' }>;

const rules: readonly Rule[] = [
  { pattern: /\s+/y, type: 'blank' },
  { pattern: /([A-Z0-9][A-Z0-9._-]*:[A-Z0-9._-]+)\.(?=[a-z])/y, type: 'instrument' },
  { pattern: /@\s*([1-9]\d{0,5}[smhdwM])(?!\w)/y, type: 'interval' },
  { pattern: /[A-Za-z_]\w*/y, type: 'word' },
  { pattern: /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y, type: 'number' },
  { pattern: /<=|>=|==|!=|[-+*/<>=(),.]/y, type: 'symbol' },
];

const unknownHere = (text: string, offset: number): string => {
  const rest = text.slice(offset, offset + 20);
  if (rest.startsWith('@')) return `${rest} is not @ and an interval such as 15m or 1d`;
  return `${JSON.stringify(text.charAt(offset))} is not part of an expression`;
};

type Found = Readonly<{ token: Token | undefined; next: number }>;

const tokenAt = (text: string, offset: number, pointer: string): Found => {
  for (const { pattern, type } of rules) {
    pattern.lastIndex = offset;
    const match = pattern.exec(text);
    if (match === null) continue;
    const token = type === 'blank' ? undefined : { type, text: match[1] ?? match[0], offset };
    return { token, next: pattern.lastIndex };
  }
  throw expressionError(pointer, offset, unknownHere(text, offset));
};

/** Returns the tokens of a text and an `end`, or throws `expression_invalid` at the first character that begins none. */
export function tokenise(text: string, pointer: string): readonly Token[] {
  if (text.length > MAX_EXPRESSION_LENGTH) {
    throw expressionError(pointer, MAX_EXPRESSION_LENGTH, `the text has ${text.length} characters, and may have ${MAX_EXPRESSION_LENGTH}`);
  }
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const { token, next } = tokenAt(text, at, pointer);
    if (token !== undefined) tokens.push(token);
    at = next;
  }
  tokens.push({ type: 'end', text: '', offset: text.length });
  return tokens;
}
