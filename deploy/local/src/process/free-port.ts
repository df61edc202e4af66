import { once } from 'node:events';
import { createServer } from 'node:net';
import { SignalError } from '@signal/contracts';
import { hasCode } from '@signal/kernel';

/** Returns a loopback port that nobody listened on a moment ago. */
export async function freePort(): Promise<number> {
  return await listenOnce(0);
}

/** Throws `port_in_use` unless a loopback port can be listened on now. */
export async function checkPort(port: number): Promise<void> {
  await listenOnce(port);
}

async function listenOnce(port: number): Promise<number> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  } catch (cause) {
    const reason = hasCode(cause, 'EACCES') ? 'may not be opened by this user' : 'is in use';
    throw new SignalError('port_in_use', `port ${port} on 127.0.0.1 ${reason}: choose another by --port`, { cause });
  }
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new SignalError('backend_failed', 'no loopback port is free');
  return address.port;
}
