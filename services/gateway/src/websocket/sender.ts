import { closeCodes } from '@signal/contracts';
import type { Frame } from './frame.ts';
import { createOutbox, type Cursor } from './outbox.ts';
import type { Transport } from './transport.ts';

/** Bytes that may wait at a client before what follows is held back and conflated. */
const HIGH_WATER_BYTES = 262_144;
/** Messages that may wait after conflation; a client that lets more pile up is closed. */
const MAX_WAITING = 20_000;
/** How long a client may take nothing at all. */
const STUCK_AFTER_MS = 10_000;

/** Writes to one client: what one turn of the event loop has brought goes out in one write; a slow client is conflated, a stuck one closed. */
export interface Sender {
  text(text: string): void;
  update(frame: Frame, cursor: Cursor): void;
  /** To be called now and then, also when nothing is sent: goes on after a hold, and closes a stuck client. */
  check(nowMs: number): void;
}

type SenderDeps = Readonly<{ transport: Transport; defer: (work: () => void) => void; nowMs: () => number }>;

/** Returns the sender of a transport. */
export function createSender({ transport, defer, nowMs }: SenderDeps): Sender {
  const outbox = createOutbox();
  let isScheduled = false;
  let heldSinceMs: number | undefined;
  let heldBytes = 0;
  let isClosed = false;

  const closeSlow = (reason: string): void => {
    isClosed = true;
    transport.close(closeCodes.slow, reason);
  };

  // A client that takes some of its bytes is slow, one that takes none is stuck.
  const watch = (buffered: number, now: number): void => {
    if (heldSinceMs === undefined || buffered < heldBytes) heldSinceMs = now;
    heldBytes = buffered;
    if (now - heldSinceMs >= STUCK_AFTER_MS) closeSlow('nothing was read for 10 s');
    else if (outbox.size() > MAX_WAITING) closeSlow(`more than ${MAX_WAITING} messages wait`);
  };

  const flush = (now: number): void => {
    isScheduled = false;
    if (isClosed) return;
    const buffered = transport.bufferedBytes();
    if (buffered > HIGH_WATER_BYTES) {
      watch(buffered, now);
      return;
    }
    heldSinceMs = undefined;
    if (outbox.size() > 0) transport.send(outbox.drain());
  };

  const schedule = (): void => {
    if (isScheduled || isClosed) return;
    isScheduled = true;
    defer(() => flush(nowMs()));
  };

  return {
    text(text) {
      outbox.text(text);
      schedule();
    },
    update(frame, cursor) {
      outbox.update(frame, cursor);
      schedule();
    },
    check: flush,
  };
}
