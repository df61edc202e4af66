import { join } from 'node:path';
import { startObjectStore } from '@signal/store';
import { freePort } from '../process/free-port.ts';
import type { Running } from '../process/running.ts';
import type { Backend, BackendDeps } from './backend.ts';

/** Returns an object store of our own on loopback; after a death it comes back on the same port. */
export async function prepareObjectStore(deps: BackendDeps): Promise<Backend> {
  const dataDir = join(deps.folder, 'objects');
  const port = await freePort();
  const start = async (): Promise<Running> => {
    const server = await startObjectStore({ dataDir, port, searchPath: deps.searchPath });
    const gone = server.ended.then((code) => ({ how: code === null ? 'was killed' : `ended with exit code ${code}`, isExhausted: false }));
    const stop = async (): Promise<boolean> => {
      await server.stop();
      return true;
    };
    return { pid: server.pid, url: server.url, gone, stop };
  };
  deps.say(`object store: on 127.0.0.1:${port}`);
  return { spec: { name: 'object-store', start }, holds: dataDir };
}
