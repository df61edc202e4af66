import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { commandOf, createFrameSplitter } from './resp-frames.ts';

/** What a link does to a request that writes. */
export type Meddling = 'nothing' | 'duplicate' | 'delay' | 'lose-reply';

/** Where a link leads, and what befalls each request that appends or commits. */
export type LinkOptions = Readonly<{
  host: string;
  port: number;
  meddle(): Meddling;
  noted(what: Meddling): void;
  /** Waited for before each request is sent on, so that a test can hold a member off. */
  mayPass?(request: Buffer): Promise<void>;
}>;

const DELAY_MS = 30;
/** Far enough into a request to see its keys. */
const KEYS_WITHIN_BYTES = 1_000;

/** Tells whether a request appends or commits: a commit names a position among its keys. */
export function isWrite(request: Buffer): boolean {
  const command = commandOf(request);
  if (command === 'XADD') return true;
  return command === 'EVALSHA' && request.subarray(0, KEYS_WITHIN_BYTES).includes('pos:{');
}

type Expected = 'pass' | 'swallow' | 'lose';

/**
 * Carries one client's connection to Redis, value by value. A duplicated request is sent twice and its second reply swallowed; one whose
 * reply is lost is executed, and both connections end before the client hears of it; a delayed one waits, and those behind it.
 */
export function openLink(client: Socket, options: LinkOptions): void {
  const server = connect({ host: options.host, port: options.port, noDelay: true });
  const requests = createFrameSplitter();
  const replies = createFrameSplitter();
  const expected: Expected[] = [];
  let subscribed = false;
  let sending: Promise<void> = Promise.resolve();
  const end = (): void => {
    client.destroy();
    server.destroy();
  };
  const sendOne = (request: Buffer): Promise<void> | undefined => {
    subscribed ||= commandOf(request).includes('SUBSCRIBE');
    const what = subscribed || !isWrite(request) ? 'nothing' : options.meddle();
    if (what !== 'nothing') options.noted(what);
    expected.push(what === 'lose-reply' ? 'lose' : 'pass');
    server.write(request);
    if (what === 'duplicate') {
      expected.push('swallow');
      server.write(request);
    }
    return what === 'delay' ? wait(DELAY_MS) : undefined;
  };
  const reply = (bytes: Buffer): void => {
    if (subscribed) {
      client.write(bytes);
      return;
    }
    for (const frame of replies.take(bytes)) {
      const as = expected.shift() ?? 'pass';
      if (as === 'lose') return end();
      if (as === 'pass') client.write(frame);
    }
  };
  client.on('data', (bytes: Buffer) => {
    const frames = requests.take(bytes);
    sending = sending.then(async () => {
      for (const frame of frames) {
        await options.mayPass?.(frame);
        await sendOne(frame);
      }
    });
  });
  server.on('data', reply);
  for (const socket of [client, server]) {
    socket.on('error', end);
    socket.on('close', end);
  }
}
