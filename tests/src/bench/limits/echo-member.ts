import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

// The barest servers that Node gives: an HTTP answer of two bytes, and an echo over WebSocket. The parent asks what they used.

/** What the echo member tells its parent: the port at first, then at each question the CPU used so far. */
export type EchoTold = Readonly<{ port: number }> | Readonly<{ cpuUs: number }>;

const tell = (told: EchoTold): void => {
  process.send?.(told);
};

const server = createServer((_, response) => {
  response.writeHead(200, { 'content-type': 'text/plain' }).end('ok');
});
const sockets = new WebSocketServer({ server });
sockets.on('connection', (socket) => {
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  tell({ port: typeof address === 'object' && address !== null ? address.port : 0 });
});
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  tell({ cpuUs: user + system });
});
process.once('disconnect', () => process.exit(0));
