import { createHmac, timingSafeEqual } from 'node:crypto';
import { SignalError } from '@signal/contracts';

/** Where a page ended: the stamp of its last row, and how many rows of that stamp were given so far. */
export type Place = Readonly<{ tsMs: number; given: number }>;

/** Signs and checks cursors of one deployment. */
export interface CursorSigner {
  /** Returns the cursor after which `query` of `user` goes on. */
  sign(bound: Readonly<{ user: string; query: string }>, place: Place): string;
  /** Returns where the cursor goes on, or throws `cursor_invalid` when it is not of this query and user. */
  open(bound: Readonly<{ user: string; query: string }>, cursor: string): Place;
  /** As `sign`, for a place that is some text. */
  signText(bound: Readonly<{ user: string; query: string }>, place: string): string;
  /** As `open`, for a place that is some text. */
  openText(bound: Readonly<{ user: string; query: string }>, cursor: string): string;
}

const MAC_BYTES = 16;

const refuse = (): never => {
  throw new SignalError('cursor_invalid', 'the cursor was not given for this query and user', {
    errors: [{ pointer: 'cursor', detail: 'not of this query and user' }],
  });
};

/** Returns a signer. The secret is the same on every gateway, so that a page can be read anywhere. */
export function createCursorSigner(secret: string): CursorSigner {
  const macOf = (bound: Readonly<{ user: string; query: string }>, after: string): Buffer =>
    createHmac('sha256', secret).update(`${bound.user}\n${bound.query}\n${after}`).digest().subarray(0, MAC_BYTES);
  const signText: CursorSigner['signText'] = (bound, after) => Buffer.concat([macOf(bound, after), Buffer.from(after)]).toString('base64url');
  const openText: CursorSigner['openText'] = (bound, cursor) => {
    const bytes = Buffer.from(cursor, 'base64url');
    const after = bytes.subarray(MAC_BYTES).toString();
    if (bytes.length <= MAC_BYTES || !timingSafeEqual(bytes.subarray(0, MAC_BYTES), macOf(bound, after))) return refuse();
    return after;
  };
  return {
    signText,
    openText,
    sign: (bound, { tsMs, given }) => signText(bound, `${tsMs}.${given}`),
    open: (bound, cursor) => {
      const parts = /^(-?\d{1,15})\.(\d{1,9})$/.exec(openText(bound, cursor));
      return parts === null ? refuse() : { tsMs: Number(parts[1]), given: Number(parts[2]) };
    },
  };
}

/** Returns the text that a query's cursors are bound to: path and parameters but the cursor, in a fixed order. */
export function cursorScope(url: string): string {
  const [path = '', text = ''] = url.split('?', 2);
  const parameters = [...new URLSearchParams(text)].filter(([name]) => name !== 'cursor').sort(([a], [b]) => (a < b ? -1 : 1));
  return `${path}?${JSON.stringify(parameters)}`;
}
