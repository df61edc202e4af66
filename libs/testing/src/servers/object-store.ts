import { type ObjectStoreServer, startObjectStore } from '@signal/store';
import { newFolder } from './run-folder.ts';

/** An object store of one test file. */
export type TestObjectStore = Readonly<{ url: string; server: ObjectStoreServer; stop: () => Promise<void> }>;

/** Starts an object store for one test file on a free port, in a folder of the run; the file stops it in `afterAll`. */
export async function testObjectStore(): Promise<TestObjectStore> {
  const server = await startObjectStore({ dataDir: newFolder('object-store') });
  return { url: server.url, server, stop: () => server.stop() };
}
