import { connect } from 'node:net';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { WebSocket } from 'ws';
import type { Measured } from '../samples.ts';
import type { EchoServer } from './echo-server.ts';

const CONNECTIONS = 32;
const REQUESTS_EACH = 1_000;
const HTTP_REQUEST = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';
const MESSAGE = Buffer.alloc(64, 'x');

type Client = (port: number) => Promise<void>;

/** One connection, one request at a time; a socket and a string search, so that the server is what is measured. */
const askHttp: Client = async (port) => {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.setNoDelay(true);
  let answered = 0;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.on('error', reject);
  socket.on('data', (data: Buffer) => {
    // An answer of two bytes comes in one piece.
    if (!data.includes('\r\nok')) return;
    answered += 1;
    if (answered === REQUESTS_EACH) resolve();
    else socket.write(HTTP_REQUEST);
  });
  socket.write(HTTP_REQUEST);
  await promise;
  socket.destroy();
};

const echoWebSocket: Client = async (port) => {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  await once(socket, 'open');
  let echoed = 0;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.on('error', reject);
  socket.on('message', () => {
    echoed += 1;
    if (echoed === REQUESTS_EACH) resolve();
    else socket.send(MESSAGE);
  });
  socket.send(MESSAGE);
  await promise;
  socket.terminate();
};

const measure = async (server: EchoServer, client: Client): Promise<Readonly<{ perSecond: number; cpuUs: number }>> => {
  const before = await server.cpuUs();
  const beganMs = performance.now();
  await Promise.all(Array.from({ length: CONNECTIONS }, () => client(server.port)));
  const seconds = (performance.now() - beganMs) / 1_000;
  const requests = CONNECTIONS * REQUESTS_EACH;
  return { perSecond: requests / seconds, cpuUs: ((await server.cpuUs()) - before) / requests };
};

/** Measures how many answers and echoes a second the server gives, and what each costs it. */
export async function measureServers(server: EchoServer): Promise<Measured> {
  const http = await measure(server, askHttp);
  const echo = await measure(server, echoWebSocket);
  return { httpPerSecond: http.perSecond, httpCpuUs: http.cpuUs, echoPerSecond: echo.perSecond, echoCpuUs: echo.cpuUs };
}
