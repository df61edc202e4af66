import { startObjectStore } from '@signal/store';
import { newFolder } from './run-folder.ts';

/** An object store of one test file. */
export type TestObjectStore = Readonly<{
  url: string;
  stop: () => Promise<void>;
  /** Starts it again, after `stop`, on the same port with the same objects. */
  restart: () => Promise<void>;
}>;

/** Starts an object store for one test file on a free port, in a folder of the run; the file stops it in `afterAll`. */
export async function testObjectStore(): Promise<TestObjectStore> {
  const dataDir = newFolder('object-store');
  let server = await startObjectStore({ dataDir });
  const { url } = server;
  return {
    url,
    stop: () => server.stop(),
    restart: async () => {
      server = await startObjectStore({ dataDir, port: Number(new URL(url).port) });
    },
  };
}
