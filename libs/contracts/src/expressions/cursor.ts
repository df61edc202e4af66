import type { Catalogue } from '../catalogue.ts';
import type { SignalError } from '../errors.ts';
import { expressionError } from './expression-error.ts';
import { type Token, tokenise } from './tokens.ts';

/** Most levels of parts inside parts, the outermost counted. */
export const MAX_NESTING = 8;
/** Most parts (indicators, prices, numbers, operators) of one text. */
export const MAX_NODES = 64;

const END: Token = { type: 'end', text: '', offset: 0 };

/** A place in the tokens of one text, with what bounds the work on it. */
export class Cursor {
  readonly catalogue: Catalogue;
  readonly pointer: string;
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;
  #nodes = 0;

  constructor(text: string, catalogue: Catalogue, pointer: string) {
    this.catalogue = catalogue;
    this.pointer = pointer;
    this.#tokens = tokenise(text, pointer);
  }

  peek(ahead = 0): Token {
    return this.#tokens[this.#at + ahead] ?? this.#tokens.at(-1) ?? END;
  }

  take(): Token {
    const token = this.peek();
    this.#at += 1;
    return token;
  }

  /** Takes the next token if it is this word or symbol. */
  accept(text: string): Token | undefined {
    const token = this.peek();
    return (token.type === 'symbol' || token.type === 'word') && token.text === text ? this.take() : undefined;
  }

  expect(text: string, after: string): Token {
    const token = this.accept(text);
    if (token === undefined) throw this.fail(this.peek(), `${describe(this.peek())} stands where ${text} is expected ${after}`);
    return token;
  }

  /** Counts one part and gives its token's error when there are too many. */
  count(token: Token): void {
    this.#nodes += 1;
    if (this.#nodes > MAX_NODES) throw this.fail(token, `the expression has more than ${MAX_NODES} parts`);
  }

  /** Runs `work` one level further in. */
  inside<Result>(token: Token, work: () => Result): Result {
    this.#depth += 1;
    if (this.#depth > MAX_NESTING) throw this.fail(token, `the expression is nested deeper than ${MAX_NESTING}`);
    const result = work();
    this.#depth -= 1;
    return result;
  }

  expectEnd(): void {
    const token = this.peek();
    if (token.type !== 'end') throw this.fail(token, `${describe(token)} stands where the end is expected`);
  }

  fail(token: Readonly<{ offset: number }>, detail: string): SignalError {
    return expressionError(this.pointer, token.offset, detail);
  }
}

/** Returns how an error names a token. */
export function describe(token: Token): string {
  return token.type === 'end' ? 'the end' : JSON.stringify(token.text);
}
