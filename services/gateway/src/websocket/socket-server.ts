import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { closeCodes, isSignalError, MAX_FRAME_BYTES } from '@signal/contracts';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { bearerOf } from '../auth/verifier.ts';
import { Session } from './session.ts';
import type { SessionDeps } from './session-deps.ts';
import type { Transport } from './transport.ts';

/** Where sockets are opened. */
export const WEBSOCKET_PATH = '/api/v2/websocket';
/** Frames of one socket that may wait to be handled before it is read no further. */
const MAX_UNHANDLED = 64;
/** Sockets that may be open at once. */
const MAX_SOCKETS = 10_000;
/** A client that does not answer the closing is cut after this. */
const CUT_AFTER_MS = 1_000;

/** The open sockets of this gateway. */
export interface SocketServer {
  size(): number;
  /** Sends everybody the heartbeat. */
  heartbeat(lagMs: number): void;
  /** Lets slow clients go on, and closes stuck ones. */
  check(): void;
  /** Closes every socket with 1001 and the time after which to come back. */
  drain(retryAfterMs: number): Promise<void>;
}

const transportOf = (socket: WebSocket, stream: Duplex): Transport => ({
  send(texts) {
    // One write to the kernel for all that this turn has brought.
    stream.cork();
    for (const text of texts) socket.send(text);
    stream.uncork();
  },
  bufferedBytes: () => socket.bufferedAmount,
  close(code, reason) {
    socket.close(code, reason);
    setTimeout(() => socket.terminate(), CUT_AFTER_MS).unref();
  },
});

const textOf = (data: RawData): string => (Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer)).toString();

type Taken = Readonly<{ socket: WebSocket; session: Session; authenticated: Promise<void>; onFailure: (error: unknown) => void }>;

// The header's token comes first, then frames, one after the other; a client that sends faster than that is not read for a while.
const takeInOrder = ({ socket, session, authenticated, onFailure }: Taken): void => {
  let waiting = 0;
  let last = authenticated;
  socket.on('message', (data, isBinary) => {
    waiting += 1;
    if (waiting > MAX_UNHANDLED) socket.pause();
    const text = isBinary ? '' : textOf(data);
    last = last
      .then(() => session.take(text))
      .catch(onFailure)
      .finally(() => {
        waiting -= 1;
        if (waiting <= MAX_UNHANDLED / 2 && socket.isPaused) socket.resume();
      });
  });
};

const refuseUpgrade = (stream: Duplex, status: string): void => {
  stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
};

const authenticateUpgrade = async (session: Session, header: string | undefined): Promise<void> => {
  try {
    const token = bearerOf(header);
    if (token !== undefined) await session.authenticate(token);
  } catch (error) {
    if (!isSignalError(error, 'token_invalid')) throw error;
    session.close(closeCodes.auth, error.code);
  }
};

/** Opens sockets on the server's upgrades. */
export function createSocketServer(server: Server, deps: SessionDeps): SocketServer {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_FRAME_BYTES, perMessageDeflate: false, clientTracking: false });
  const sessions = new Map<WebSocket, Session>();
  let isDraining = false;

  const open = (socket: WebSocket, request: IncomingMessage, stream: Duplex): void => {
    const session = new Session(deps, { transport: transportOf(socket, stream), requestId: randomUUID() });
    sessions.set(socket, session);
    socket.on('close', () => {
      sessions.delete(socket);
      session.closed();
    });
    // Broken frames: ws closes the socket with the right code; nothing is left to do.
    socket.on('error', () => undefined);
    const authenticated = authenticateUpgrade(session, request.headers.authorization).catch(deps.onFailure);
    takeInOrder({ socket, session, authenticated, onFailure: deps.onFailure });
  };

  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    stream.on('error', () => stream.destroy());
    if (request.url?.split('?', 1)[0] !== WEBSOCKET_PATH) refuseUpgrade(stream, '404 Not Found');
    else if (isDraining || sessions.size >= MAX_SOCKETS) refuseUpgrade(stream, '503 Service Unavailable\r\nRetry-After: 1');
    else sockets.handleUpgrade(request, stream, head, (socket) => open(socket, request, stream));
  });

  return {
    size: () => sessions.size,
    heartbeat(lagMs) {
      for (const session of sessions.values()) session.heartbeat(lagMs);
    },
    check() {
      for (const session of sessions.values()) session.check();
    },
    async drain(retryAfterMs) {
      isDraining = true;
      const gone = [...sessions.keys()].map((socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())));
      for (const session of sessions.values()) session.close(1001, JSON.stringify({ retryAfterMs }));
      await Promise.all(gone);
      sockets.close();
    },
  };
}
