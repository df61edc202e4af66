import { SignalError } from '@signal/contracts';
import { withDeadline } from '@signal/kernel';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { keptCredentials } from './credentials.ts';
import { findMinio, type Launched, launchMinio } from './launch-minio.ts';
import { launchS3rver } from './launch-s3rver.ts';

/** An object store on loopback. `url` reads `http://KEY:SECRET@127.0.0.1:PORT/signal`; its bucket is not made yet. */
export interface ObjectStoreServer {
  readonly url: string;
  readonly pid: number;
  readonly kind: 'minio' | 's3rver';
  /** Resolves to the exit code when the server ended, by `stop` or by itself. */
  readonly ended: Promise<number | null>;
  stop(): Promise<void>;
}

/** `port` 0 (the default) takes a free one; `searchPath` is where a `minio` binary is looked for, the PATH unless told. */
export type StartObjectStoreOptions = Readonly<{ dataDir: string; port?: number; searchPath?: string }>;

const BUCKET = 'signal';
const STOP_TIMEOUT_MS = 5000;

/** The two servers lay out their files differently, so that a directory stays with the one that began it. */
function chooseKind(dataDir: string, minio: string | undefined): 'minio' | 's3rver' {
  if (existsSync(path.join(dataDir, 's3rver'))) return 's3rver';
  if (minio !== undefined) return 'minio';
  if (!existsSync(path.join(dataDir, 'minio'))) return 's3rver';
  throw new SignalError('backend_failed', `${dataDir} was written by minio, and no minio binary is on the PATH`);
}

async function stop(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  try {
    await withDeadline(ended, STOP_TIMEOUT_MS, 'the stop of the object store');
  } catch {
    child.kill('SIGKILL');
    await ended;
  }
}

/** Starts an object store that keeps its objects below `dataDir`: the `minio` of the PATH if there is one, else the embedded server. */
export async function startObjectStore({ dataDir, port = 0, searchPath }: StartObjectStoreOptions): Promise<ObjectStoreServer> {
  const minio = findMinio(searchPath ?? process.env['PATH'] ?? '');
  const kind = chooseKind(dataDir, minio);
  const credentials = await keptCredentials(dataDir);
  const place = { directory: path.join(dataDir, kind), port, credentials };
  const { child, port: actual }: Launched = await (kind === 'minio' && minio !== undefined ? launchMinio(minio, place) : launchS3rver(place));
  const ended = (child.exitCode === null && child.signalCode === null ? once(child, 'exit') : Promise.resolve([child.exitCode])).then(
    ([code]) => code as number | null,
  );
  const endWithUs = (): void => void child.kill('SIGKILL');
  process.once('exit', endWithUs);
  return {
    url: `http://${credentials.accessKey}:${credentials.secretKey}@127.0.0.1:${actual}/${BUCKET}`,
    pid: child.pid ?? 0,
    kind,
    ended,
    stop: async () => {
      process.removeListener('exit', endWithUs);
      await stop(child, ended);
    },
  };
}
