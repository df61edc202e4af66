import { SignalError } from '@signal/contracts';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { EchoTold } from './echo-member.ts';

/** The barest HTTP and WebSocket server, in a process of its own. */
export interface EchoServer {
  readonly port: number;
  cpuUs(): Promise<number>;
  stop(): Promise<void>;
}

/** Starts the server; it ends with its parent. */
export async function startEchoServer(): Promise<EchoServer> {
  const file = fileURLToPath(new URL('echo-member.ts', import.meta.url));
  const child = fork(file, { execArgv: ['--conditions=signal-source'] });
  const hear = async (): Promise<EchoTold> => {
    const [told] = (await once(child, 'message')) as [EchoTold];
    return told;
  };
  const first = await hear();
  if (!('port' in first)) throw new SignalError('backend_failed', 'the echo server told its CPU before its port');
  return {
    port: first.port,
    cpuUs: async () => {
      child.send('cpu');
      const told = await hear();
      return 'cpuUs' in told ? told.cpuUs : Number.NaN;
    },
    stop: async () => {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}
