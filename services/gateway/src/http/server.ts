import { randomUUID } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { type ErrorCode, SignalError } from '@signal/contracts';
import { problemOf } from './problem.ts';

/** Bounds of a request. The whole of it must have come within `requestMs`. */
export type ServerLimits = Readonly<{ headersMs: number; requestMs: number; headerBytes: number }>;

/** Limits of the contract: headers within 10 s, bodies within 30 s. */
export const contractLimits: ServerLimits = { headersMs: 10_000, requestMs: 30_000, headerBytes: 16_384 };

const rawProblem = (code: ErrorCode, detail: string): string => {
  const error = new SignalError(code, detail);
  const requestId = randomUUID();
  const body = JSON.stringify(problemOf(error, { instance: '', requestId }));
  const reason = error.status === 431 ? 'Request Header Fields Too Large' : 'Bad Request';
  const head = [
    `HTTP/1.1 ${error.status} ${reason}`,
    'Content-Type: application/problem+json',
    `X-Request-Id: ${requestId}`,
    'Cache-Control: no-store',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
};

// What the parser refuses never reaches Express; it gets its problem details by hand. A late request is cut without an answer.
const onClientError = (error: NodeJS.ErrnoException, socket: Socket): void => {
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' || error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const tooLarge = error.code === 'HPE_HEADER_OVERFLOW';
  socket.end(
    tooLarge ? rawProblem('headers_too_large', 'the headers have more than 16384 bytes') : rawProblem('header_invalid', 'the request is not HTTP'),
  );
};

/** Returns a server with the contract's deadlines; it does not listen yet. */
export function createHttpServer(listener: RequestListener, limits: ServerLimits = contractLimits): Server {
  const server = createServer(
    {
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      connectionsCheckingInterval: Math.min(1000, limits.headersMs),
      maxHeaderSize: limits.headerBytes,
      keepAliveTimeout: 65_000,
    },
    listener,
  );
  server.on('clientError', onClientError);
  return server;
}

/** Listens and returns the port, or throws `port_in_use`. */
export function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException): void => {
      reject(
        new SignalError(
          cause.code === 'EADDRINUSE' ? 'port_in_use' : 'backend_failed',
          `HTTP_PORT is ${port}, and cannot be listened on: ${cause.message}`,
          { cause },
        ),
      );
    };
    server.once('error', fail);
    server.listen(port, host, () => {
      server.off('error', fail);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

/** Stops listening and waits until the running requests are answered, at most `timeoutMs`; then cuts what is left. */
export async function closeServer(server: Server, timeoutMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), timeoutMs);
  await closed;
  clearTimeout(cut);
}
