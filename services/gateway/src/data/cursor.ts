import { createHmac, timingSafeEqual } from 'node:crypto';
import { SignalError } from '@signal/contracts';

/** Signs and checks cursors of one deployment. */
export interface CursorSigner {
  /** Returns the cursor after which `query` of `user` goes on. */
  sign(bound: Readonly<{ user: string; query: string }>, afterMs: number): string;
  /** Returns where the cursor goes on, or throws `cursor_invalid` when it is not of this query and user. */
  open(bound: Readonly<{ user: string; query: string }>, cursor: string): number;
}

const refuse = (): never => {
  throw new SignalError('cursor_invalid', 'the cursor was not given for this query and user', {
    errors: [{ pointer: 'cursor', detail: 'not of this query and user' }],
  });
};

/** Returns a signer. The secret is the same on every gateway, so that a page can be read anywhere. */
export function createCursorSigner(secret: string): CursorSigner {
  const macOf = (bound: Readonly<{ user: string; query: string }>, after: string): Buffer =>
    createHmac('sha256', secret).update(`${bound.user}\n${bound.query}\n${after}`).digest().subarray(0, 16);
  return {
    sign: (bound, afterMs) => Buffer.concat([macOf(bound, String(afterMs)), Buffer.from(String(afterMs))]).toString('base64url'),
    open(bound, cursor) {
      const bytes = Buffer.from(cursor, 'base64url');
      const after = bytes.subarray(16).toString();
      if (bytes.length < 17 || !/^-?\d{1,15}$/.test(after) || !timingSafeEqual(bytes.subarray(0, 16), macOf(bound, after))) return refuse();
      return Number(after);
    },
  };
}

/** Returns the text that a query's cursors are bound to: path and parameters but the cursor, in a fixed order. */
export function cursorScope(url: string): string {
  const [path = '', text = ''] = url.split('?', 2);
  const parameters = [...new URLSearchParams(text)].filter(([name]) => name !== 'cursor').sort(([a], [b]) => (a < b ? -1 : 1));
  return `${path}?${JSON.stringify(parameters)}`;
}
